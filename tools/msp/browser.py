"""Step: a Chromium for the browser tests: the machine's own, else Debian's package."""

from __future__ import annotations

import os
import shutil
import sys

from .console import Note
from .errors import Trouble
from .proc import run
from .state import State

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")


def find() -> str | None:
    """Return the browser that Odoo's tests would start."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def install(state: State, note: Note) -> str:
    """Install Chromium with the machine's package manager, as root or by a sudo that asks nothing."""
    if not shutil.which("apt-get") or not sys.platform.startswith("linux"):
        raise Trouble("No Chromium or Chrome was found.", f"Install one of {', '.join(NAMES)}.")
    sudo: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            raise Trouble("No Chromium was found.", "apt-get install chromium   (as root)")
        sudo = ["sudo", "-n"]
    log = state.log("chromium")
    env = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        run([*sudo, "apt-get", "-q", "update"], task="Updating the package lists", log=log, env=env)
        run(
            [*sudo, "apt-get", "-q", "-y", "--no-install-recommends", "install", *PACKAGES],
            task="Installing Chromium",
            log=log,
            env=env,
            on_tick=lambda: note("installing Chromium"),
        )
    except Trouble as trouble:
        raise Trouble(
            "No Chromium was found and it could not be installed.",
            "apt-get install chromium   (as root) brings it; without it the browser tests fail.",
            trouble.what,
            *trouble.how,
        ) from None
    found = find()
    if not found:
        raise Trouble("Chromium was installed but is not on PATH.", f"See {log}")
    return found
