"""Engines are imported as in production, without Odoo."""

from harness.pure import register

register()
