"""Jobs in processes that can be killed: the test's side of ``fork_main.py``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from .context import Context


class Forks:
    """Starts jobs on a database, each in a process of its own."""

    def __init__(self, context: Context, database: str):
        self.log = context.logs / f"{database}-forks.log"
        words = [str(context.python), str(Path(__file__).with_name("fork_main.py")), "-c", str(context.conf)]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        self.process = subprocess.Popen(
            [*words, "-d", database, "--log-level=error"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("a"),
            text=True,
            env=environment,
        )
        answer = self.process.stdout.readline().strip()
        assert answer == "ready", self.log.read_text()[-3000:]

    def start(self, model: str, method: str, ids=(), args=()) -> int:
        """Begin a job; returns its process id."""
        self.process.stdin.write(json.dumps({"model": model, "method": method, "ids": list(ids), "args": args}) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    @staticmethod
    def is_alive(pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state not in "ZX"

    @classmethod
    def kill(cls, pid: int) -> bool:
        """``kill -9``; returns whether it was still at work."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    @classmethod
    def wait(cls, *pids: int, seconds: float = 120) -> None:
        """Until these jobs have ended."""
        deadline = time.monotonic() + seconds
        while any(cls.is_alive(pid) for pid in pids):
            assert time.monotonic() < deadline, f"jobs {pids} do not end"
            time.sleep(0.02)

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)
