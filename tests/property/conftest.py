"""Engines are imported as in production, without Odoo."""

from harness.profile import load
from harness.pure import register

load()
register()
