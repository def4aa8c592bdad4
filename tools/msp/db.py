"""Databases and their filestores: create, clone, rename, drop."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from .cluster import Server
from .errors import Trouble


class Databases:
    """The databases of one server, with Odoo's filestore beside each."""

    def __init__(self, server: Server, data: Path):
        self.server, self.data = server, data

    @contextlib.contextmanager
    def cursor(self, database: str = "postgres") -> Iterator:
        """Open a connection that commits each statement."""
        import psycopg2  # from the virtual environment, see Venv.join

        server = self.server
        try:
            connection = psycopg2.connect(
                host=server.host,
                port=server.port,
                user=server.user,
                password=server.password,
                dbname=database,
                connect_timeout=20,
            )
        except psycopg2.OperationalError as error:
            raise Trouble(
                f"PostgreSQL at {server.host}:{server.port} cannot be reached: {str(error).strip()}",
                "It is the server that odoo.conf names (db_host, db_port, db_user, db_password)"
                if server.host != "127.0.0.1"
                else "Try ./msp again; its log lies in .msp/pg-*/server.log",
            ) from None
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def names(self, prefix: str = "") -> list[str]:
        """List the databases whose name begins with ``prefix``."""
        with self.cursor() as cr:
            cr.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname", [prefix])
            return [row[0] for row in cr.fetchall()]

    def major(self) -> int:
        """Return the server's major version."""
        with self.cursor() as cr:
            return cr.connection.server_version // 10000

    def exists(self, name: str) -> bool:
        """Tell whether a database exists."""
        return name in self.names(name)

    def filestore(self, name: str) -> Path:
        """Return the folder of a database's attachments."""
        return self.data / "filestore" / name

    def clone(self, template: str, name: str) -> None:
        """Copy a database and its attachments."""
        import psycopg2

        source = self.filestore(template)
        if source.exists():
            shutil.rmtree(self.filestore(name), ignore_errors=True)
            shutil.copytree(source, self.filestore(name), copy_function=link_or_copy)
        for attempt in range(20):
            try:
                with self.cursor() as cr:
                    cr.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
                return
            except psycopg2.errors.ObjectInUse:  # a connection that is just closing
                if attempt == 19:
                    raise
                time.sleep(0.5)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected, and its attachments."""
        with self.cursor() as cr:
            cr.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def rename(self, old: str, new: str) -> None:
        """Give a finished database its name: until then nobody takes it for finished."""
        shutil.rmtree(self.filestore(new), ignore_errors=True)
        if self.filestore(old).exists():
            self.filestore(old).rename(self.filestore(new))
        with self.cursor() as cr:
            cr.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def modules(self, name: str) -> dict[str, str]:
        """Return the state of our addons in a database."""
        with self.cursor(name) as cr:
            cr.execute("SELECT name, state FROM ir_module_module WHERE name LIKE 'msp\\_%%'")
            return dict(cr.fetchall())


def link_or_copy(source: str, target: str) -> None:
    """Attachments never change in place, so a clone may share them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
