"""A real Odoo server process on a database of its own, listening on the loopback interface."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request

import odoorpc

from msp.cluster import free_port
from msp.odoo import LAUNCHER
from msp.proc import die_with_parent, last_lines, stop, wait_until
from msp.serve import is_up

from .context import Context


class OdooServer:
    """Odoo as it runs in production: a process that can be started, asked, stopped and killed."""

    def __init__(self, context: Context, database: str, *, smtp_port: int = 1, workers: int = 0, **options: object):
        self.context, self.database = context, database
        self.port, self.gevent_port = free_port(), free_port()
        self.options = {
            "http-port": self.port,
            "gevent-port": self.gevent_port,
            "workers": workers,
            "db-filter": f"^{database}$",
            "smtp": "127.0.0.1",
            "smtp-port": smtp_port,
            **{name.replace("_", "-"): value for name, value in options.items()},
        }
        self.log = context.logs / f"{database}-{self.port}.log"
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> OdooServer:
        """Start the process and wait until it answers."""
        words = [str(self.context.python), str(LAUNCHER), "-c", str(self.context.conf), "-d", self.database]
        words += [f"--{name}={value}" for name, value in self.options.items()]
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        wait_until(lambda: self.process.poll() is not None or is_up(self.port), 120)
        if self.process.poll() is not None or not is_up(self.port):
            self.kill()
            raise AssertionError(f"Odoo does not start:\n{last_lines(self.log, 30)}")
        return self

    def stop(self) -> None:
        """Stop it as an administrator would."""
        if self.process:
            stop(self.process)
            self.process = None

    def kill(self) -> None:
        """Kill it, and its workers, without a warning (``kill -9``)."""
        if self.process:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def rpc(self, login: str = "admin", password: str = "admin") -> odoorpc.ODOO:
        """Log in by RPC, as other systems do."""
        client = odoorpc.ODOO("127.0.0.1", port=self.port, timeout=300)
        client.login(self.database, login, password)
        return client

    def api_key(self, login: str = "admin") -> str:
        """Make an API key for a user: what JSON-2 asks for."""
        script = (
            f"user = env['res.users'].search([('login', '=', {login!r})])\n"
            "key = env['res.users.apikeys'].with_user(user)._generate('rpc', 'test', "
            "__import__('datetime').datetime.now() + __import__('datetime').timedelta(days=1))\n"
            "env.cr.commit()\n"
            "print('KEY=' + key)\n"
        )
        return self.shell(script).split("KEY=")[1].split()[0]

    def shell(self, script: str) -> str:
        """Run a script with ``env`` in a process of its own, beside the server."""
        words = [str(self.context.python), str(LAUNCHER), "shell", "-c", str(self.context.conf), "-d", self.database]
        words += ["--no-http", "--log-level=warn", "--shell-interface=python"]
        done = subprocess.run(words, input=script, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json2(self, key: str, model: str, method: str, **arguments: object):
        """Call a method by JSON-2; raises urllib.error.HTTPError with the server's answer as its reason."""
        request = urllib.request.Request(
            f"{self.url}/json/2/{model}/{method}",
            data=json.dumps(arguments).encode(),
            headers={
                "Authorization": f"bearer {key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.database,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.msg = f"{error.msg}: {error.read().decode(errors='replace')[:500]}"
            raise
