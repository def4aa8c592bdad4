"""Reading the format msp-benchmark/1 (ANALYTICS.md 1.3), CSV or JSON. Bad rows are reported, good ones kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

FORMAT, VERSION = "msp-benchmark", 1
MAX_ROWS = 5000
PERCENTILES = ("p10", "p25", "p50", "p75", "p90")
NUMBERS = (*PERCENTILES, "mean", "target_low", "target_high")
CHOICES = {
    "unit": ("percent", "money", "days", "ratio", "hours", "count"),
    "direction": ("up", "down", "band"),
    "confidence": ("primary", "secondary", "vendor"),
    "licence": ("public-quotation", "own-licensed", "internal"),
}
TEXTS = ("segment", "region", "currency", "publisher", "title", "url", "note")
LIMITS = {
    "kpi": 64,
    "segment": 64,
    "region": 64,
    "currency": 3,
    "publisher": 200,
    "title": 300,
    "url": 500,
    "note": 1000,
}


class FileError(ValueError):
    """The file as a whole cannot be read."""


@dataclass
class Parsed:
    """Rows by the names of the format, typed, with their ``number``; errors as (row number, sentence)."""

    rows: list[dict] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


def parse(content: bytes) -> Parsed:
    """Read a file; JSON if it begins like it, CSV otherwise. Rows count from 1, without the heading.

    :raises FileError: on a file of another kind, encoding, version or size
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError("The file is not text in UTF-8.") from None
    if not text.strip():
        raise FileError("The file is empty.")
    raw = _json_rows(text) if text.lstrip()[0] in "{[" else _csv_rows(text)
    if len(raw) > MAX_ROWS:
        raise FileError(f"The file has {len(raw)} rows; at most {MAX_ROWS} are read.")
    parsed = Parsed()
    for number, row in enumerate(raw, 1):
        problems: list[str] = []
        values = _row(row, problems) if isinstance(row, Mapping) else problems.append("is not a row of fields")
        if problems:
            parsed.errors.append((number, "; ".join(problems)))
        else:
            parsed.rows.append({"number": number, **values})
    return parsed


def _json_rows(text: str) -> list:
    try:
        data = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise FileError("The file is not valid JSON.") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise FileError(f'The file does not say "format": "{FORMAT}".')
    if data.get("version") != VERSION:
        raise FileError(f"Version {data.get('version')} is not known here; this reads version {VERSION}.")
    rows = data.get("rows")
    if not isinstance(rows, list):
        raise FileError("The file holds no list of rows.")
    common = {name: data[name] for name in ("publisher", "licence") if name in data}
    return [{"format_version": VERSION, **common, **row} if isinstance(row, dict) else row for row in rows]


def _csv_rows(text: str) -> list:
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows = list(reader)
    except csv.Error as error:
        raise FileError(f"The file is not valid CSV: {error}.") from None
    missing = {"format_version", "kpi", "year"} - set(reader.fieldnames or ())
    if missing and len(reader.fieldnames or ()) == 1 and any(mark in reader.fieldnames[0] for mark in ";\t"):
        raise FileError("The columns must be separated by commas, with a point in decimals.")
    if missing:
        raise FileError(f"The columns {', '.join(sorted(missing))} are missing.")
    return rows


def _row(row: Mapping, problems: list[str]) -> dict:
    """One row, typed; what is wrong goes into ``problems``."""
    values: dict = {}
    for name in ("format_version", "definition_version", "n", "year"):
        values[name] = _whole(row, name, problems)
    if values["format_version"] != VERSION:
        problems.append(f"format_version is {row.get('format_version')!r}, not {VERSION}")
    values["definition_version"] = 1 if values["definition_version"] is None else values["definition_version"]
    if not values["year"] or not 1990 <= values["year"] <= 2100:
        problems.append("year is missing or no year")
    if values["n"] is not None and values["n"] < 0:
        problems.append("n is negative")
    for name in NUMBERS:
        values[name] = _number(row, name, problems)
    for name in ("period_start", "period_end"):
        values[name] = _day(row, name, problems)
    for name in ("kpi", *TEXTS):
        values[name] = _text(row, name, problems)
    for name, allowed in CHOICES.items():
        values[name] = _text(row, name, problems)
        if values[name] not in allowed:
            problems.append(f"{name} is {values[name]!r}, not one of {', '.join(allowed)}")
    _check(values, problems)
    return values


def _check(values: dict, problems: list[str]) -> None:
    if not values["kpi"]:
        problems.append("kpi is missing")
    if not values["segment"]:
        problems.append("segment is missing")
    if not (values["publisher"] or values["title"]):
        problems.append("publisher and title are missing: a figure needs its source")
    if values["url"] and not values["url"].startswith(("https://", "http://")):
        problems.append("url is no web address")
    if values["unit"] == "money" and not values["currency"]:
        problems.append("an amount needs its currency")
    if all(values[name] is None for name in NUMBERS):
        problems.append("there is no figure in it")
    known = [values[name] for name in PERCENTILES if values[name] is not None]
    if known != sorted(known):
        problems.append("the percentiles decrease")
    low, high = values["target_low"], values["target_high"]
    if low is not None and high is not None and low > high:
        problems.append("target_low is above target_high")
    if values["period_start"] and values["period_end"] and values["period_start"] > values["period_end"]:
        problems.append("the period ends before it starts")


def _raw(row: Mapping, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _text(row: Mapping, name: str, problems: list[str]) -> str:
    text = _raw(row, name)
    if len(text) > LIMITS.get(name, 64):
        problems.append(f"{name} is longer than {LIMITS.get(name, 64)} characters")
    if any(ord(char) < 32 for char in text):
        problems.append(f"{name} holds control characters")
    return text


def _whole(row: Mapping, name: str, problems: list[str]) -> int | None:
    text = _raw(row, name)
    if not text:
        return None
    if not text.lstrip("-").isascii() or not text.lstrip("-").isdigit() or len(text) > 9:
        problems.append(f"{name} is {text[:20]!r}, not a whole number")
        return None
    return int(text)


def _number(row: Mapping, name: str, problems: list[str]) -> Decimal | None:
    text = _raw(row, name)
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number) > 10**12 or "_" in text:
        problems.append(f"{name} is {text[:20]!r}, not a number with a decimal point")
        return None
    return number


def _day(row: Mapping, name: str, problems: list[str]) -> date | None:
    text = _raw(row, name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(f"{name} is {text[:20]!r}, not a day like 2026-10-31")
        return None
