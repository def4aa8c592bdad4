"""Step: Odoo 19 itself, from the first place that has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import debian
from .console import Note, say
from .errors import Trouble
from .proc import run
from .state import State, sha

#: The public repository; MSP_ODOO_GIT names a mirror or a fork.
PUBLIC_GIT = "https://github.com/odoo/odoo.git"
SERIES = "19.0"

ASK_RELEASE = """
import json, os, odoo.release
print(json.dumps([list(odoo.release.version_info[:2]), os.path.dirname(os.path.abspath(odoo.release.__file__))]))
"""


@dataclass(frozen=True)
class Source:
    """An Odoo 19 that can be imported once ``folder`` is on Python's path."""

    kind: str
    folder: Path
    id: str


def find(state: State) -> Source | None:
    """Return the Odoo to use as far as it needs no download."""
    return _checkout() or _fetched(state) or _installed(state)


def fetch(state: State, note: Note) -> Source:
    """Download Odoo: Debian's package, else a shallow clone of the public branch."""
    if os.environ.get("MSP_ODOO_GIT"):
        return _clone(state, note)
    try:
        return _debian_source(debian.install(state, note))
    except Trouble as trouble:
        say(f"      Debian's package is not to be had here, trying the public {SERIES} branch by git.")
        try:
            return _clone(state, note)
        except Trouble as second:
            raise Trouble(
                "Odoo 19 could not be fetched.",
                *("Debian package: " + line for line in [trouble.what, *trouble.how]),
                *("git clone: " + line for line in [second.what, *second.how]),
                "A checkout that you have: ODOO_HOME=/path/to/odoo ./msp ...",
            ) from None


def _checkout() -> Source | None:
    """The checkout that ODOO_HOME names."""
    home = os.environ.get("ODOO_HOME")
    if not home:
        return None
    folder = Path(home).expanduser().resolve()
    if not (folder / "odoo" / "release.py").is_file():
        raise Trouble(f"ODOO_HOME={home} is no Odoo checkout: {folder}/odoo/release.py is missing.")
    _check_series(folder, f"ODOO_HOME={home}")
    head = subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True)
    return Source("checkout", folder, sha(head.stdout.strip() or str(folder), folder / "odoo" / "release.py"))


def _check_series(folder: Path, where: str) -> None:
    scope: dict = {}
    exec((folder / "odoo" / "release.py").read_text(), scope)  # a file of constants
    if scope["version_info"][0] != 19:
        raise Trouble(f"{where} holds Odoo {scope['version']}; these addons need Odoo 19.")


def _installed(state: State) -> Source | None:
    """An ``odoo`` that the interpreter in use can import."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    asked = subprocess.run([sys.executable, "-c", ASK_RELEASE], capture_output=True, text=True, cwd="/", env=env)
    if asked.returncode:
        return None
    version, package = json.loads(asked.stdout.strip().splitlines()[-1])
    folder = Path(package).parent
    if version[0] != 19 or state.home in folder.parents:
        return None
    return Source("installed", folder, sha("installed", str(folder), folder / "odoo" / "release.py"))


def _fetched(state: State) -> Source | None:
    """What an earlier start downloaded."""
    clone = state.home / "odoo-git"
    if os.environ.get("MSP_ODOO_GIT"):
        return _git_source(clone) if clone.exists() else None
    root = debian.installed(state)
    if root:
        return _debian_source(root)
    return _git_source(clone) if clone.exists() else None


def _debian_source(root: Path) -> Source:
    return Source("Debian package", root / debian.PYTHON, (root / debian.ID).read_text().strip())


def _git_source(folder: Path) -> Source:
    head = subprocess.run(["git", "-C", folder, "rev-parse", "HEAD"], capture_output=True, text=True)
    return Source("git", folder, head.stdout.strip())


def _clone(state: State, note: Note) -> Source:
    url = os.environ.get("MSP_ODOO_GIT") or PUBLIC_GIT
    if not shutil.which("git"):
        raise Trouble("git is not installed.", "apt-get install git   (as root)")
    target, partial = state.path("odoo-git"), state.path("odoo-git.partial")
    shutil.rmtree(partial, ignore_errors=True)
    note(f"cloning branch {SERIES} (about 600 MB)")
    run(
        ["git", "clone", "--quiet", "--depth", "1", "--single-branch", "--branch", SERIES, url, partial],
        task=f"Cloning Odoo {SERIES} from {url}",
        log=state.log("odoo"),
        env={"GIT_TERMINAL_PROMPT": "0"},
        on_tick=lambda: note(f"cloning branch {SERIES}"),
    )
    partial.rename(target)
    return _git_source(target)
