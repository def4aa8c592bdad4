"""Numbers that may be unknown: an empty cell stays empty instead of becoming 0 (law 8)."""

from odoo import fields


class _Optional:
    """None in the database is False on the record and in ``read``, not 0.0."""

    def convert_to_column(self, value, record, values=None, validate=True):
        return None if _is_empty(value) else super().convert_to_column(value, record, values, validate)

    def convert_to_cache(self, value, record, validate=True):
        return None if _is_empty(value) else super().convert_to_cache(value, record, validate)

    def convert_to_record(self, value, record):
        return False if value is None else value

    def convert_to_export(self, value, record):
        return "" if _is_empty(value) else value


def _is_empty(value):
    return value is None or value is False or value == ""


class OptionalFloat(_Optional, fields.Float):
    """A number or nothing."""


class OptionalMonetary(_Optional, fields.Monetary):
    """An amount or nothing."""
