from odoo import fields, models
from odoo.exceptions import AccessError

from ..engine.review.memory import Memory


class MspPreflightMemory(models.Model):
    """What somebody called expected: kept by client and subject, so that it outlives drafts made again."""

    _name = "msp.preflight.memory"
    _description = "Expected finding"
    _order = "id desc"
    _rec_name = "reason"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Client", required=True, index=True, ondelete="cascade", readonly=True
    )
    key = fields.Char(required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    title = fields.Char(compute="_compute_title", string="Finding")
    summary = fields.Text(readonly=True, help="The sentence that was called expected.")
    until = fields.Date(string="Expected until", readonly=True, help="Empty: no day; see the other condition.")
    watch = fields.Boolean(
        string="Unless it grows", readonly=True, help="It comes up again when the figure grows beyond what it was."
    )
    value = fields.Float(readonly=True, digits=0)
    fingerprint = fields.Char(readonly=True)
    reason = fields.Text(required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", required=True, readonly=True, ondelete="restrict")

    _once = models.UniqueIndex("(company_id, key)", "A finding is remembered once for each client.")

    def _compute_title(self):
        titles = self.env["msp.preflight.finding"]._preflight_titles()
        for memory in self:
            memory.title = titles.get(memory.code, memory.code)

    def _to_engine(self):
        self.ensure_one()
        return Memory(self.until or None, self.watch, self.value, self.fingerprint or "")

    def action_forget(self):
        """The finding comes up again at the next check.

        :raises AccessError: when the caller is no finance user.
        """
        self.env["msp.preflight.finding"]._check_reviewer()
        self.check_access("read")
        # Rows are written by the review alone.
        self.sudo().unlink()
        return True

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("What is expected is written by acknowledging a finding."))
        return super().write(vals)
