"""The columns of each sheet: heading, width, kind, and where the value comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Kinds that stand on the right.
NUMBERS = {"money", "change", "share", "price", "quantity", "percent", "integer"}


@dataclass(frozen=True)
class Column:
    key: str  # the record's attribute
    label: str
    width: float  # characters
    kind: str = "text"
    is_total: bool = False  # summed by currency below the list
    value: Callable[[Any], Any] | None = None

    @property
    def is_text(self) -> bool:
        return self.kind == "text"

    def of(self, record: Any) -> Any:
        return self.value(record) if self.value else getattr(record, self.key)


def currency_code(record: Any) -> str:
    return record.currency.code


INVOICES = (
    Column("client", "Client", 34),
    Column("number", "Number", 20),
    Column("date", "Date", 12, "date"),
    Column("currency", "Currency", 11, value=currency_code),
    Column("untaxed", "Before tax", 14, "money", is_total=True),
    Column("tax", "Tax", 12, "money", is_total=True),
    Column("total", "Total", 14, "money", is_total=True),
    Column("previous", "Last total", 14, "money", is_total=True),
    Column("change", "Change", 13, "change", value=lambda record: record),
    Column("share", "Change %", 10, "share", value=lambda record: record),
    Column("score", "Score", 8, "integer"),
    Column("band", "Band", 10),
    Column("review", "Review", 13),
    Column("state", "State", 11),
    Column("findings", "Findings", 10, "integer"),
)

LINES = (
    Column("client", "Client", 30),
    Column("number", "Number", 20),
    Column("currency", "Currency", 11, value=currency_code),
    Column("product", "Product", 26),
    Column("description", "Description", 42),
    Column("period_start", "Period from", 12, "date"),
    Column("period_end", "Period to", 12, "date"),
    Column("quantity", "Quantity", 10, "quantity"),
    Column("price", "Unit price", 12, "price"),
    Column("discount", "Discount", 10, "percent"),
    Column("amount", "Amount before tax", 14, "money", is_total=True),
    Column("explanation", "Why this amount", 60),
)

FINDINGS = (
    Column("client", "Client", 30),
    Column("number", "Number", 20),
    Column("currency", "Currency", 11, value=currency_code),
    Column("severity", "Severity", 11),
    Column("title", "Finding", 26),
    Column("message", "What was found", 60),
    Column("points", "Points", 8, "integer"),
    Column("amount", "At stake", 14, "money", is_total=True),
    Column("state", "State", 11),
    Column("until", "Expected until", 13, "date"),
    Column("reason", "Reason", 34),
)


def position(columns: tuple[Column, ...], key: str) -> int:
    """Index of a column.

    >>> position(INVOICES, "currency")
    3
    """
    return next(index for index, column in enumerate(columns) if column.key == key)
