"""Step: the virtual environment with the pinned Python packages."""

from __future__ import annotations

import re
import site
import sys
from pathlib import Path

from .console import Note
from .errors import Trouble
from .proc import run
from .state import State, sha


class Venv:
    """``.msp/venv``: made by, and for, the interpreter that runs this tooling."""

    def __init__(self, state: State):
        self.state = state
        self.home = state.home / "venv"
        self.python = self.home / "bin" / "python"
        self.requirements = state.root / "requirements.txt"

    @property
    def site_packages(self) -> Path:
        """Where packages are installed."""
        return self.home / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def key(self) -> str:
        """What this environment is made of; another interpreter or another pin makes a new one."""
        return sha(self.requirements, sys.version, sys.base_prefix, str(self.home))

    def is_ready(self) -> bool:
        """Tell whether everything is installed."""
        return self.python.exists() and self.state.is_fresh("venv", self.key())

    def install(self, note: Note) -> None:
        """Create the environment and install the pinned packages; what pip has fetched before is kept."""
        log = self.state.log("python-packages")
        self.state.unstamp("venv")
        if not self._is_usable():
            self._create(log, note)
        wanted = len(set(re.findall(r"^([A-Za-z0-9_.-]+)==", self.requirements.read_text(), re.M)))
        seen: set[str] = set()

        def progress(line: str) -> None:
            found = re.match(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9_.-]+)", line)
            if found:
                seen.add(found[1].lower())
                note(f"{len(seen)} of {wanted} packages fetched")
            elif line.startswith("Installing collected packages"):
                note(f"installing {wanted} packages")

        run(
            [self.python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
            + ["--root-user-action=ignore", "--progress-bar=off", "-r", self.requirements],
            task="Installing the Python packages of requirements.txt",
            log=log,
            on_line=progress,
        )
        self.state.stamp("venv", self.key())

    def _is_usable(self) -> bool:
        """Tell whether an (interrupted) environment of this interpreter can be completed."""
        made_by = self.state.home / "venv" / "pyvenv.cfg"
        try:
            version = re.search(r"^version\s*=\s*(\S+)", made_by.read_text(), re.M)
        except OSError:
            return False
        pip = self.site_packages / "pip" / "__main__.py"
        return bool(version) and version[1] == sys.version.split()[0] and self.python.exists() and pip.exists()

    def _create(self, log: Path, note: Note) -> None:
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise Trouble(
                f"This Python ({sys.executable}) has no venv module with pip, so packages cannot be installed.",
                f"Debian, Ubuntu:  apt-get install python{version}-venv   (as root)",
                "Another interpreter:  MSP_PYTHON=/path/to/python3.12 ./msp ...",
            ) from None
        note("creating the virtual environment")
        run(
            [sys.executable, "-m", "venv", "--clear", self.home],
            task="Creating the virtual environment",
            log=log,
            cwd=self.state.home,
        )

    def link(self, *folders: Path) -> None:
        """Let the environment import Odoo from ``folders`` (a ``.pth`` file)."""
        text = "".join(f"{folder}\n" for folder in folders)
        path = self.site_packages / "msp-odoo.pth"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)

    def join(self) -> None:
        """Make the environment's packages importable in this very process."""
        if str(self.site_packages) not in sys.path:
            site.addsitedir(str(self.site_packages))
