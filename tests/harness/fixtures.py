"""Fixtures of the tests that run against real servers (tests/e2e, tests/faults)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import odoorpc
import pytest

from .context import Context, load
from .server import OdooServer
from .smtp import SmtpSink

__all__ = ["context", "make_database", "odoo_db", "odoo_server", "rpc", "smtp_sink", "start_server"]


@pytest.fixture(scope="session")
def context() -> Context:
    """What ``./msp test`` prepared."""
    return load()


@pytest.fixture(scope="module")
def make_database(context: Context) -> Iterator[Callable[[], str]]:
    """A function that clones a database with our addons; dropped after the module."""
    made: list[str] = []

    def make() -> str:
        made.append(context.clone())
        return made[-1]

    yield make
    for name in made:
        context.drop(name)


@pytest.fixture(scope="module")
def odoo_db(make_database: Callable[[], str]) -> str:
    """A database of the module's own."""
    return make_database()


@pytest.fixture(scope="module")
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server that keeps what it is sent."""
    sink = SmtpSink().start()
    yield sink
    sink.stop()


@pytest.fixture(scope="module")
def start_server(context: Context, make_database) -> Iterator[Callable[..., OdooServer]]:
    """A function that starts an Odoo server: ``start_server(database, workers=2, smtp_port=…)``."""
    servers: list[OdooServer] = []

    def start(database: str | None = None, **options: object) -> OdooServer:
        server = OdooServer(context, database or make_database(), **options)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def odoo_server(start_server, odoo_db: str, smtp_sink: SmtpSink) -> OdooServer:
    """A threaded server on the module's database that sends its mail to the sink."""
    return start_server(odoo_db, smtp_port=smtp_sink.port)


@pytest.fixture
def rpc(odoo_server: OdooServer) -> odoorpc.ODOO:
    """An RPC client logged in as the administrator."""
    return odoo_server.rpc()
