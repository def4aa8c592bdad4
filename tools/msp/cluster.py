"""PostgreSQL servers of our own: ``run`` keeps data safely, ``test`` is fast; both listen on 127.0.0.1 alone."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .console import say
from .errors import Trouble
from .pgbin import Programs
from .proc import last_lines, run
from .state import State, Users, sha, write_atomically

USER = "odoo"
#: What every cluster has. No socket file: its path could be longer than the system allows.
COMMON = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}
SETTINGS = {
    "run": {"fsync": "on"},
    "test": {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum_naptime": "'5min'"},
}


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server."""

    host: str
    port: int
    user: str
    password: str
    major: int = 0

    def options(self) -> dict[str, str]:
        """Return Odoo's options for it."""
        return {
            "db_host": self.host,
            "db_port": str(self.port),
            "db_user": self.user,
            "db_password": self.password,
        }


def free_port(preferred: int = 0) -> int:
    """Return ``preferred`` where nothing listens there, else a free port of the loopback interface."""
    for port in (preferred, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise Trouble("No free port on 127.0.0.1 was found.")


def reachable_home(state: State) -> Path:
    """Return where PostgreSQL's files go: the state folder, unless its server cannot get there.

    PostgreSQL refuses to run as root; started by root it runs as ``nobody``, who has to pass every folder on the way.
    Below a private folder (such as /root) the files go to /var/lib instead.
    """
    state.home.mkdir(parents=True, exist_ok=True)
    if os.geteuid() or all(folder.stat().st_mode & 0o001 for folder in [state.home, *state.home.parents]):
        return state.home
    home = Path("/var/lib") / f"msp-finance-{sha(str(state.home))[:12]}"
    if not home.exists():
        say(f"      {state.home} is closed to other users: PostgreSQL's files go to {home}")
    home.mkdir(mode=0o711, exist_ok=True)
    return home


class Cluster:
    """One database cluster, ``pg-run`` or ``pg-test``."""

    def __init__(self, state: State, programs: Programs, name: str, home: Path):
        self.state, self.programs, self.name = state, programs, name
        self.data = home / f"pg-{name}"
        self.users = Users(state.path("locks", f"pg-{name}.users"))

    # --- commands of PostgreSQL, as a user that it accepts ---------------------------------------------

    def _command(self, program: str, *words: object) -> list[str]:
        command = [str(self.programs / program), *map(str, words)]
        if os.geteuid() == 0:
            if not shutil.which("setpriv"):
                raise Trouble("setpriv is missing.", "apt-get install util-linux   (as root)")
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]
        return command

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, "nobody", "nogroup")

    def _run(self, task: str, program: str, *words: object) -> str:
        log = self.state.log("postgres")
        return run(self._command(program, *words), task=task, log=log, env={"LC_ALL": "C.UTF-8"}, cwd=Path("/"))

    def is_running(self) -> bool:
        """Tell whether the server is up."""
        if not (self.data / "postmaster.pid").exists():
            return False
        status = self._command("pg_ctl", "-D", self.data, "status")
        return subprocess.run(status, capture_output=True, cwd="/").returncode == 0

    # --- its life ---------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def serving(self) -> Iterator[Server]:
        """Have the server running; the last user of it stops it."""
        with self.state.locked(f"pg-{self.name}"):
            self._create()
            server = self._start()
            self.users.join()
        try:
            yield server
        finally:
            with self.state.locked(f"pg-{self.name}"):
                if self.users.leave():
                    self.stop()

    def stop(self) -> None:
        """Stop the server."""
        if self.is_running():
            self._run("Stopping PostgreSQL", "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def _create(self) -> None:
        """Make the cluster, unless it is there; a half-made one is made anew."""
        made_by = self.data / "PG_VERSION"
        key = f"pg-{self.name}"
        if made_by.exists() and self.state.is_fresh(key, str(self.data)):
            self._check_version(int(made_by.read_text()))
            return
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        self._own(self.data)
        password = secrets.token_hex(16)
        file = self.data.with_name(f"pg-{self.name}.pw")
        write_atomically(file, password + "\n", 0o600)
        self._own(file)
        try:
            words = ["-U", USER, "-A", "scram-sha-256", "--pwfile", file, "-E", "UTF8", "--no-instructions"]
            if self.name == "test":
                words.append("--no-sync")
            self._run("Creating the PostgreSQL cluster", "initdb", "-D", self.data, *words)
        finally:
            file.unlink()
        settings = {**COMMON, **SETTINGS[self.name]}
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write("".join(f"{name} = {value}\n" for name, value in settings.items()))
        self.state.remember(**{f"pg_{self.name}_password": password})
        self.state.stamp(key, str(self.data))

    def _check_version(self, major: int) -> None:
        if major != self.programs.major:
            raise Trouble(
                f"The data in {self.data} was written by PostgreSQL {major}, here is {self.programs.major}.",
                f"Bring PostgreSQL {major} back (apt-get install postgresql-{major}, as root), or",
                "give the data up: ./msp reset",
            )

    def _start(self) -> Server:
        """Start the server on a free port that is remembered."""
        name = f"pg_{self.name}_port"
        port = self.state.recall(name, 0)
        if not self.is_running():
            port = free_port(port)
            log = self.data / "server.log"
            options = f"-p {port}"
            try:
                self._run("Starting", "pg_ctl", "-D", self.data, "-w", "-t", "120", "-l", log, "-o", options, "start")
            except Trouble as trouble:
                tail = last_lines(log, 6).splitlines()
                raise Trouble("PostgreSQL does not start.", *tail, f"Its log: {log}", *trouble.how[:1]) from None
            self.state.remember(**{name: port})
        password = self.state.recall(f"pg_{self.name}_password")
        return Server("127.0.0.1", port, USER, password, self.programs.major)
