"""Running other programs: output to a log file, progress to the screen, failures in plain words."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import Trouble, explain

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """In a child, before it starts its program: end when this process is killed, so that nothing works on unseen."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def last_lines(path: Path, count: int = 12) -> str:
    """Return the end of a log file."""
    try:
        with path.open(errors="replace") as file:
            return "".join(deque(file, count)).rstrip()
    except OSError:
        return ""


def stop(process: subprocess.Popen, patience: float = 20.0, how: int = signal.SIGTERM) -> None:
    """End a child process: ask, wait, insist."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(
    command: Sequence[object],
    *,
    task: str,
    log: Path,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
    stdin: str | None = None,
) -> str:
    """Run ``command`` to its end and return its output.

    Args:
        task: what is being done, for the message when it fails ("installing Python packages").
        log: file that the output is appended to.
        env: variables on top of this process's own.
        on_line: called with each line of output.
        on_tick: called about once a second.
        stdin: text for the program's standard input; nothing by default.

    Raises:
        Trouble: the program is missing or failed; says why as far as the output tells.
    """
    words = [str(word) for word in command]
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
            cwd=cwd,
            preexec_fn=die_with_parent,
        )
    except FileNotFoundError:
        raise Trouble(f"{task} failed: the program {words[0]} was not found.") from None
    lines: list[str] = []
    done = threading.Event()
    ticker = threading.Thread(target=_tick, args=(done, on_tick), daemon=True)
    try:
        if on_tick:
            ticker.start()
        if stdin is not None:
            process.stdin.write(stdin)
            process.stdin.close()
        with log.open("a") as file:
            file.write(f"\n$ {' '.join(words)}\n")
            for line in process.stdout:
                file.write(line)
                file.flush()
                lines.append(line)
                if on_line:
                    on_line(line.rstrip("\n"))
        code = process.wait()
    except BaseException:
        stop(process)
        raise
    finally:
        done.set()
    output = "".join(lines)
    if code:
        meaning = explain(output)
        telling = [line.rstrip()[:300] for line in lines if line.strip() and " INFO " not in line]
        tail = [line for line in telling if not line.startswith("WARNING:")][-8:]
        raise Trouble(
            f"{task} failed (exit code {code}).", meaning, f"The whole output: {log}", *([] if meaning else tail)
        )
    return output


def _tick(done: threading.Event, on_tick: Callable[[], None]) -> None:
    while not done.wait(1.0):
        on_tick()


def wait_until(ready: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """Poll ``ready`` for at most ``seconds``; tell whether it came true."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
