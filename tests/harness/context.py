"""What ``./msp test`` hands to tests that start servers of their own."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from msp.cluster import Server
from msp.db import Databases


@dataclass
class Context:
    """A template database to clone, a configuration to start Odoo with, places for logs and pictures."""

    template: str
    prefix: str
    conf: Path
    data: Path
    logs: Path
    screenshots: Path
    python: Path
    server: Server

    def __post_init__(self):
        self.databases = Databases(self.server, self.data)
        self._numbers = itertools.count(1)

    def clone(self) -> str:
        """Make a database with our addons, without demo data; ``drop`` it afterwards."""
        name = f"{self.prefix}{next(self._numbers)}"
        self.databases.clone(self.template, name)
        return name

    def drop(self, name: str) -> None:
        """Remove a clone."""
        self.databases.drop(name)


def load() -> Context:
    """Read the context of this run."""
    path = os.environ.get("MSP_CONTEXT")
    if not path:
        pytest.exit("These tests need servers: run them by `./msp test e2e` or `./msp test faults`.", returncode=4)
    facts = json.loads(Path(path).read_text())
    paths = {name: Path(facts[name]) for name in ("conf", "data", "logs", "screenshots", "python")}
    return Context(facts["template"], facts["prefix"], server=Server(**facts["server"]), **paths)
