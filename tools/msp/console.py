"""What a person sees: numbered steps, how far each one is, how long it took."""

from __future__ import annotations

import sys
import threading
import time

_lock = threading.Lock()
_open_note = False
_to_stderr = False


def use_stderr() -> None:
    """Leave standard output to the program that is run (``./msp odoo shell`` in a pipe)."""
    global _to_stderr
    _to_stderr = True


def _out():
    return sys.stderr if _to_stderr else sys.stdout


def say(text: str = "") -> None:
    """Print a line at once, also into a pipe."""
    global _open_note
    with _lock:
        if _open_note:
            _out().write("\r\033[K")
            _open_note = False
        _out().write(text + "\n")
        _out().flush()


def took(seconds: float) -> str:
    """Write a duration the way people say it.

    >>> took(0.34), took(12.4), took(83)
    ('0.3 s', '12 s', '1 min 23 s')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


class Note:
    """How far a step is: rewritten in place on a terminal, a line every ``every`` seconds elsewhere."""

    def __init__(self, every: float = 15.0):
        self.every = every
        self.tty = _out().isatty()
        self.started = self.last = time.monotonic()

    def __call__(self, text: str) -> None:
        global _open_note
        now = time.monotonic()
        if self.tty:
            with _lock:
                _out().write(f"\r\033[K      {text[:100]} ({took(now - self.started)})")
                _out().flush()
                _open_note = True
        elif now - self.last >= self.every:
            say(f"      {text} ({took(now - self.started)})")
        else:
            return
        self.last = now


class Steps:
    """Numbers the steps of one command: ``[2/6] PostgreSQL: …``."""

    def __init__(self, total: int):
        self.total, self.number = total, 0

    def start(self, title: str, state: str = "") -> Note:
        """Announce the next step."""
        self.number += 1
        say(f"[{self.number}/{self.total}] {title}" + (f": {state}" if state else ""))
        return Note()
