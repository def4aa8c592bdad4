"""The file a client's data is filled into, and the columns it has. Free of Odoo."""

from .columns import ImportColumn
from .template import render_template

__all__ = ["ImportColumn", "render_template"]
