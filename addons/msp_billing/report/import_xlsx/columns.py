"""What a column of an import file is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class ImportColumn:
    """``path`` is Odoo's own, such as ``line_ids/product_id``; ``label`` is what the import recognises it by.

    ``examples`` are the cells of the example rows, None for an empty one. ``choices`` are all
    that the cell may say, where that is a fixed list.
    """

    path: str
    label: str
    help: str
    examples: tuple[str | float | date | None, ...] = ()
    is_required: bool = False
    choices: tuple[str, ...] = field(default=())

    @property
    def example(self) -> str | float | date:
        """The first that says something, or an empty text."""
        return next((value for value in self.examples if value is not None), "")
