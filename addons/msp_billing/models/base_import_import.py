from odoo import models


class BaseImport(models.TransientModel):
    """A wrong file changes nothing."""

    _inherit = "base_import.import"

    def execute_import(self, fields, columns, options, dryrun=False):
        # Odoo splits files of more than 2,000 rows and keeps the pieces that were right.
        # Ours are taken as a whole or not at all.
        if self.res_model and hasattr(self.env[self.res_model], "_import_columns"):
            options = {**options, "limit": None}
        return super().execute_import(fields, columns, options, dryrun=dryrun)
