"""Odoo 19 from Debian's package ``odoo-19``, unpacked into the state folder without root.

The mirror is the one that the machine's own apt is configured with. A private apt configuration keeps everything below
``.msp/``; signatures are verified with Debian's keyring, and each package's SHA-256 comes from the signed index.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .console import Note
from .errors import Trouble
from .proc import run
from .state import State, sha, write_atomically

PYTHON = Path("usr/lib/python3/dist-packages")
ID = "msp-source-id"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

#: What Odoo's package needs from others: fonts and scripts that its files link to.
COMPANIONS = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
)
#: Odoo's screens use Font Awesome 4.7; later suites ship 5, which has other names.
FONT_AWESOME = "fonts-font-awesome/bookworm"

#: Used when the unstable suite does not offer odoo-19 any more.
PINNED_PATH = "pool/main/o/odoo/odoo-19_19.0.0+dfsg-1_all.deb"
PINNED_SHA = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"

#: Translations kept of the sixty that the package has (they are 70 % of its size): de, es, fr, nl.
LANGUAGES = ("de", "es", "fr", "nl")
LEFT_OUT = (
    "./usr/lib/python3/dist-packages/addons",  # a second copy of Odoo's Python files
    "./usr/lib/python3/dist-packages/setup",
    "*/i18n/[!defn]*.po",
    "*/i18n/d[!e]*.po",
    "*/i18n/e[!s]*.po",
    "*/i18n/f[!r]*.po",
    "*/i18n/n[!l]*.po",
    "*/i18n/??[_@]*.po",
    "*/i18n/???.po",
    "*/l10n_*/i18n/*.po",
)
#: Debian strips this file but still lists it in a bundle: without it every page logs an error.
STRIPPED = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def recipe() -> str:
    """What this module does with a package; part of the source's identity."""
    return sha(*LEFT_OUT, STRIPPED, *COMPANIONS, FONT_AWESOME)


def installed(state: State) -> Path | None:
    """Return the folder that an earlier start unpacked."""
    root = state.home / "odoo"
    return root if (root / ID).is_file() and state.is_fresh("odoo-debian", recipe()) else None


def install(state: State, note: Note) -> Path:
    """Download and unpack; returns the folder that holds ``usr/``."""
    missing = [tool for tool in ("apt-get", "dpkg-deb", "tar") if not shutil.which(tool)]
    if missing:
        raise Trouble(f"{', '.join(missing)} not found: this is no Debian or Ubuntu machine.")
    debs = _download(state, note)
    return _unpack(state, debs, note)


def _download(state: State, note: Note) -> list[Path]:
    """Fetch the packages; those of an earlier, interrupted start are kept."""
    folder = state.path("debs", "x").parent
    if not state.is_fresh("debs", recipe()):
        troubles: list[Trouble] = []
        for mirror in _mirrors(state):
            try:
                _fetch_from(mirror, folder, state, note)
                state.stamp("debs", recipe())
                break
            except Trouble as trouble:
                troubles.append(trouble)
        else:
            raise troubles[-1]
    return sorted(folder.glob("*.deb"))


def _mirrors(state: State) -> list[str]:
    """Read the mirrors from apt's own configuration; works without root and without package lists."""
    empty = state.path("apt", "none", "partial")
    empty.mkdir(exist_ok=True)
    asked = subprocess.run(
        ["apt-get", "--print-uris", "-o", f"Dir::State::Lists={empty.parent}", "update"],
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
    )
    found = re.findall(r"^'(.*)/dists/[a-z]+/InRelease'", asked.stdout, re.M)
    mirrors = [url for url in dict.fromkeys(found) if url.rstrip("/").endswith("debian")]
    if not mirrors:
        raise Trouble(
            "apt's own configuration names no Debian mirror.",
            "Odoo is taken from Debian's package odoo-19, from the mirror in /etc/apt/sources.list(.d).",
        )
    return mirrors


def _fetch_from(mirror: str, folder: Path, state: State, note: Note) -> None:
    log = state.log("odoo")
    note("reading the package index")
    config = _private_apt(state, mirror, ("sid", "bookworm"))
    env = {"APT_CONFIG": str(config), "LC_ALL": "C"}

    def progress() -> None:
        size = sum(path.stat().st_size for path in _files(folder, state.home / "apt" / "lists"))
        note(f"{size / 1e6:.0f} MB of about 145 MB fetched")

    def apt(*words: str, task: str) -> None:
        run(["apt-get", "-q", *words], task=task, log=log, env=env, cwd=folder, on_tick=progress)

    apt("update", "--error-on=any", task="Reading Debian's package index")
    companions = [f"{name}/sid" for name in COMPANIONS] + [FONT_AWESOME]
    apt("download", *companions, task="Downloading the fonts and scripts that Odoo uses")
    try:
        apt("download", "odoo-19/sid", task="Downloading Odoo 19")
    except Trouble:
        if "Unable to locate package" not in log.read_text() and "was not found" not in log.read_text():
            raise
        note("the unstable suite has no odoo-19: fetching the pinned one")
        words = ["/usr/lib/apt/apt-helper", "download-file", f"{mirror}/{PINNED_PATH}", "odoo-19.deb"]
        run([*words, f"SHA256:{PINNED_SHA}"], task="Downloading the pinned Odoo 19", log=log, env=env, cwd=folder)


def _files(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def _private_apt(state: State, mirror: str, suites: tuple[str, ...]) -> Path:
    """Write an apt configuration of our own; ``/etc/apt`` and the system's lists stay untouched."""
    if not Path(KEYRING).exists():
        raise Trouble("Debian's keyring is missing.", "apt-get install debian-archive-keyring   (as root)")
    home = state.home / "apt"
    for name in ("lists/partial", "cache/archives/partial", "state", "parts"):
        (home / name).mkdir(parents=True, exist_ok=True)
    (home / "status").touch()
    # arch=all: Odoo and its companions run everywhere, and the index is half as large
    lines = [f"deb [arch=all signed-by={KEYRING}] {mirror} {suite} main\n" for suite in suites]
    write_atomically(home / "sources.list", "".join(lines))
    settings = {
        "Dir::Etc::SourceList": home / "sources.list",
        "Dir::Etc::SourceParts": home / "parts",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": home / "parts",
        "Dir::State": home / "state",
        "Dir::State::Lists": home / "lists",
        "Dir::State::status": home / "status",
        "Dir::Cache": home / "cache",
        "APT::Sandbox::User": "root",  # the folders are ours; without root there is no other user to change to
        "Acquire::Languages": "none",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        "Acquire::Retries": "3",
    }
    write_atomically(home / "apt.conf", "".join(f'{name} "{value}";\n' for name, value in settings.items()))
    return home / "apt.conf"


def _unpack(state: State, debs: list[Path], note: Note) -> Path:
    target = state.path("odoo")
    for folder in (target, *state.home.glob("odoo.partial-*")):
        shutil.rmtree(folder, ignore_errors=True)
    partial = Path(tempfile.mkdtemp(prefix="odoo.partial-", dir=state.home))
    partial.chmod(0o755)
    excludes = [f"--exclude={pattern}" for pattern in LEFT_OUT]
    for number, deb in enumerate(debs, 1):
        note(f"unpacking {number} of {len(debs)}: {deb.name.split('_')[0]}")
        words = ["sh", "-c", 'dpkg-deb --fsys-tarfile "$0" | tar -x --no-same-owner -C "$@"', deb, partial, *excludes]
        run(words, task=f"Unpacking {deb.name}", log=state.log("odoo"), on_tick=lambda: note("unpacking"))
    python = partial / PYTHON
    if not (python / "odoo" / "release.py").is_file():
        raise Trouble("Debian's package odoo-19 does not hold what it did.", f"See {state.log('odoo')}")
    stub = python / STRIPPED
    stub.parent.mkdir(parents=True, exist_ok=True)
    if not stub.exists():
        stub.write_text("/* not shipped by Debian */\n")
    write_atomically(partial / ID, sha(recipe(), *[path for path in debs if path.name.startswith("odoo")]))
    partial.rename(target)
    state.stamp("odoo-debian", recipe())
    shutil.rmtree(state.home / "debs", ignore_errors=True)
    shutil.rmtree(state.home / "apt", ignore_errors=True)
    return target
