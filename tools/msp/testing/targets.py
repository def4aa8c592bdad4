"""What a person asked to test: parts, addons, files, single tests, and words for pytest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Trouble

PARTS = ("lint", "unit", "addons", "upstream", "e2e", "faults")
#: Which part runs the tests of a folder; ``property`` runs with ``unit``.
FOLDERS = {"unit": "unit", "property": "unit", "e2e": "e2e", "faults": "faults", "upstream": "upstream"}


@dataclass
class Targets:
    """What to run: by part the paths in it (none: the whole part), and words for pytest."""

    parts: dict[str, list[str]] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    everything: bool = False

    def addons(self, names: Sequence[str]) -> list[str]:
        """Return the addons that are to be tested."""
        asked = {Path(path).parts[1] for path in self.parts.get("addons", [])}
        return sorted(asked) or list(names)

    def paths(self, addon: str) -> list[str]:
        """Return what was asked for inside one addon; nothing when that is all of it."""
        inside = [path for path in self.parts.get("addons", []) if Path(path.split("::")[0]).parts[1] == addon]
        return [] if f"addons/{addon}" in inside else inside


def parse(root: Path, cwd: Path, words: Sequence[str]) -> Targets:
    """Sort the words of the command line: leading names and paths are targets, the rest goes to pytest."""
    targets = Targets()
    rest = list(words)
    while rest and not rest[0].startswith("-"):
        _add(targets, root, cwd, rest.pop(0))
    targets.words = rest
    if not targets.parts:
        if rest:
            raise Trouble(
                f"./msp test {' '.join(rest)}: these words need a part or a path to go to.",
                f"Parts: {', '.join(PARTS)}. For example: ./msp test unit {' '.join(rest)}",
            )
        targets.parts = {part: [] for part in PARTS}
        targets.everything = True
    return targets


def _add(targets: Targets, root: Path, cwd: Path, word: str) -> None:
    if word in PARTS or word == "property":
        targets.parts.setdefault(FOLDERS.get(word, word), [])
        if word == "property":
            targets.parts["unit"].append("tests/property")
        return
    file, colons, test = word.partition("::")
    if (root / "addons" / file / "__manifest__.py").exists():
        file = f"addons/{file}"
    path = next((p.resolve() for p in (cwd / file, root / file) if p.exists()), None)
    inner = path.relative_to(root) if path and path.is_relative_to(root) else None
    if not inner or len(inner.parts) < 2 and inner.parts != ("addons",):
        raise Trouble(
            f"There is no such test: {word}", f"Give a part ({', '.join(PARTS)}), an addon, or a path of tests."
        )
    if inner.parts == ("addons",):
        targets.parts.setdefault("addons", [])
    elif inner.parts[0] == "addons":
        targets.parts.setdefault("addons", []).append(f"{inner}{colons}{test}")
    elif inner.parts[0] == "tests" and inner.parts[1] in FOLDERS:
        targets.parts.setdefault(FOLDERS[inner.parts[1]], []).append(f"{inner}{colons}{test}")
    else:
        raise Trouble(f"{inner} belongs to no part of the tests.")
