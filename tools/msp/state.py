"""The state folder ``.msp/``: where things lie, what is done, what is remembered, who may touch it now."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .console import say
from .errors import Trouble

ROOT = Path(__file__).resolve().parents[2]


def sha(*parts: object) -> str:
    """Hash texts, bytes and the contents of files (paths) into one key."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file so that a reader, or a crash, sees the old or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name + ".")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class State:
    """The folder that holds everything this tooling makes; nothing else on the machine is written."""

    def __init__(self, root: Path = ROOT, home: Path | None = None):
        self.root = root
        self.home = home or Path(os.environ.get("MSP_HOME") or root / ".msp")

    def path(self, *parts: str) -> Path:
        """Return a path below the folder; its parent exists."""
        path = self.home.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Trouble(
                f"The state folder cannot be made: {error}",
                "It lies beside ./msp as .msp/ unless MSP_HOME names another folder: that place must be writable.",
            ) from None
        return path

    def log(self, name: str) -> Path:
        """Return the path of a log file."""
        return self.path("logs", name + ".log")

    # --- stamps: a step is done when its stamp holds the hash of the step's inputs -------------------

    def is_fresh(self, step: str, key: str) -> bool:
        """Tell whether ``step`` was finished with these inputs."""
        try:
            return self.path("stamps", step).read_text().strip() == key
        except FileNotFoundError:
            return False

    def stamp(self, step: str, key: str) -> None:
        """Record that ``step`` was finished with these inputs."""
        write_atomically(self.path("stamps", step), key + "\n")

    def unstamp(self, step: str) -> None:
        """Forget that ``step`` was done: called before its work begins, so that a crash repeats it."""
        self.path("stamps", step).unlink(missing_ok=True)

    # --- memory: small facts that outlive a run (ports, hashes of what was installed) -----------------

    def recall(self, name: str, default=None):
        """Return a remembered fact."""
        return self._memory().get(name, default)

    def recall_all(self) -> dict:
        """Return every remembered fact."""
        return self._memory()

    def remember(self, **facts) -> None:
        """Remember facts; ``None`` forgets one."""
        with self.locked("memory"):
            memory = {**self._memory(), **facts}
            kept = {name: value for name, value in sorted(memory.items()) if value is not None}
            write_atomically(self.path("memory.json"), json.dumps(kept, indent=1) + "\n", 0o600)

    def _memory(self) -> dict:
        try:
            return json.loads(self.path("memory.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}

    # --- locks: several ./msp may run at once -----------------------------------------------------------

    @contextlib.contextmanager
    def locked(self, name: str, waiting: str = "") -> Iterator[None]:
        """Hold the exclusive lock ``name``; say ``waiting`` when another process has it."""
        with open(self.path("locks", name), "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if waiting:
                    say(waiting)
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Users:
    """Counts the processes that use one thing, by shared locks that die with their process."""

    def __init__(self, path: Path):
        self.file = open(path, "a")

    def join(self) -> None:
        """Become a user."""
        fcntl.flock(self.file, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop being a user; tell whether nobody is left."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self.file, fcntl.LOCK_UN)
        return True
