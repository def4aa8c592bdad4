from odoo import fields, models


class MspBillingProblem(models.Model):
    """Why something could not be billed, in one sentence, and where to mend it."""

    _name = "msp.billing.problem"
    _description = "Billing problem"
    _order = "run_id desc, partner_id, id"
    _rec_name = "message"

    run_id = fields.Many2one("msp.billing.run", index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Client", index=True, ondelete="cascade")
    subscription_id = fields.Many2one("msp.subscription", index=True, ondelete="cascade")
    move_id = fields.Many2one("account.move", string="Invoice", index="btree_not_null", ondelete="cascade")
    code = fields.Char(required=True)
    message = fields.Text(required=True)
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    state = fields.Selection([("open", "Open"), ("resolved", "Solved")], default="open", required=True, index=True)

    def action_mend(self):
        """Open the record on which the problem is solved."""
        self.ensure_one()
        model, res_id = (
            (self.res_model, self.res_id)
            if self.res_model
            else ("msp.subscription", self.subscription_id.id)
            if self.subscription_id
            else ("res.partner", self.partner_id.id)
        )
        return {"type": "ir.actions.act_window", "res_model": model, "res_id": res_id, "views": [(False, "form")]}

    def action_resolve(self):
        """Take it off the list; the next run reports it again if it is still there."""
        self.check_access("write")
        self.write({"state": "resolved"})
        return True
