import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.benchmark_source import _describe

MAX_BYTES = 2_000_000


class MspBenchmarkImport(models.TransientModel):
    """Takes in a file of the format msp-benchmark/1 and says row by row what is wrong with it."""

    _name = "msp.benchmark.import"
    _description = "Import benchmarks"

    file = fields.Binary(required=True, attachment=False)
    filename = fields.Char()
    is_shared = fields.Boolean(string="For all companies")
    result = fields.Text(readonly=True)
    state = fields.Selection([("choose", "Choose"), ("done", "Done")], default="choose", readonly=True)

    def action_import(self):
        """Import, and show what came of it.

        :raises UserError: on a file that cannot be read
        """
        self.ensure_one()
        try:
            content = base64.b64decode(self.file or b"", validate=True)
        except (binascii.Error, ValueError):
            raise UserError(self.env._("The file did not arrive whole.")) from None
        if len(content) > MAX_BYTES:
            raise UserError(self.env._("The file is larger than 2 MB."))
        Benchmark = self.env["msp.kpi.benchmark"]
        Benchmark.check_access("create")
        result = Benchmark._import_file(content, None if self.is_shared else self.env.company)
        self.write({"result": _describe(self.env, result), "state": "done"})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
