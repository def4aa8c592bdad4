"""Writes the translation templates of the four addons anew: ``./msp odoo shell -d demo < tools/translation_templates.py``.

The database must be up to date with the sources (``./msp run`` sees to it): labels come from it, messages from the code.
"""

from pathlib import Path

from odoo.modules import get_module_path
from odoo.tools.translate import trans_export

for module in ("msp_billing", "msp_dunning", "msp_retainer", "msp_analytics"):
    with (Path(get_module_path(module)) / "i18n" / f"{module}.pot").open("wb") as file:
        trans_export(False, [module], file, "po", env)  # noqa: F821  (env is the shell's)
