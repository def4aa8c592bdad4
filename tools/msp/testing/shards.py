"""Splits the test files of a large addon, so that both cores have something to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

#: An addon with fewer test files runs in one piece: each piece loads Odoo anew, which takes some seconds.
SPLIT_FROM = 8


def split(files: Sequence[tuple[Path, int]], count: int) -> list[list[Path]]:
    """Distribute files over ``count`` groups of about the same weight, the heaviest first.

    >>> split([(Path("a"), 5), (Path("b"), 3), (Path("c"), 2), (Path("d"), 1)], 2)
    [[PosixPath('a'), PosixPath('d')], [PosixPath('b'), PosixPath('c')]]
    """
    groups: list[list[Path]] = [[] for _ in range(count)]
    loads = [0] * count
    for path, weight in sorted(files, key=lambda item: (-item[1], item[0])):
        lightest = loads.index(min(loads))
        groups[lightest].append(path)
        loads[lightest] += weight
    return [sorted(group) for group in groups if group]


def weight(path: Path) -> int:
    """Guess how long a test file takes: by its tests, a browser or a thread counting as many."""
    text = path.read_text(errors="replace")
    return (
        1
        + text.count("def test_")
        + 10 * (text.count("start_tour(") + text.count("browser_js(") + text.count("Thread("))
    )


def of_addon(root: Path, addon: str, count: int) -> list[list[str]]:
    """Return the groups of an addon's tests as paths below ``root``."""
    files = sorted((root / "addons" / addon / "tests").rglob("test_*.py"))
    if len(files) < SPLIT_FROM:
        return [[f"addons/{addon}"]]
    groups = split([(path.relative_to(root), weight(path)) for path in files], count)
    return [[str(path) for path in group] for group in groups]
