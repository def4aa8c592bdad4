"""External processes that are killed, against a real database (RELIABILITY.md). Seeds are printed."""

import os
import random

import pytest
from harness.fixtures import *  # noqa: F403
from harness.forks import Forks


def pytest_addoption(parser):
    """``./msp test faults --minutes N --seed S``; the environment says the same for scripts."""
    group = parser.getgroup("faults")
    group.addoption(
        "--minutes",
        type=float,
        default=float(os.environ.get("MSP_FAULT_MINUTES") or 0),
        help="how long each fault test may go on (0: the short form of every push)",
    )
    group.addoption(
        "--seed",
        type=int,
        default=int(os.environ["MSP_FAULT_SEED"]) if os.environ.get("MSP_FAULT_SEED") else None,
        help="repeat a run with the seed that it printed",
    )


@pytest.fixture(scope="session")
def minutes(request) -> float:
    """How long a fault test may go on: 0 is the short form of every push."""
    return request.config.getoption("--minutes")


@pytest.fixture
def seed(request) -> int:
    """Printed, and taken from ``--seed`` to repeat a run."""
    number = request.config.getoption("--seed")
    if number is None:
        number = random.SystemRandom().randrange(10**6)
    print(f"{request.node.name}: --seed {number}")
    return number


@pytest.fixture(scope="module")
def forks(context, odoo_server):
    """Jobs in processes that can be killed, on the database of the module's server."""
    made = Forks(context, odoo_server.database)
    yield made
    made.stop()


@pytest.fixture
def mail_server(odoo_server, rpc, smtp_sink):
    """Odoo, and the processes that are killed, send to the sink; whoever dies is found dead after a second."""
    server = rpc.env["ir.mail_server"].create(
        {"name": "sink", "smtp_host": "127.0.0.1", "smtp_port": smtp_sink.port, "smtp_encryption": "none"}
    )
    for prefix in ("msp_billing.letter_", "msp_dunning.", "msp_retainer."):
        rpc.env["ir.config_parameter"].set_param(f"{prefix}dead_seconds", "1")
        rpc.env["ir.config_parameter"].set_param(f"{prefix}retry_minutes", "0")
    rpc.env["res.company"].write([1], {"email": "billing@msp.example"})
    yield smtp_sink
    smtp_sink.rule = lambda _delivery, _number: None
    rpc.env["ir.mail_server"].unlink([server])
