from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

#: Counts that were right already are of no use to anybody after this time.
KEEP_MONTHS = 13
PURGE_BATCH = 10_000


class MspCountLog(models.Model):
    """What other systems counted, row by row: who said what, when, and what came of it.

    Written by ``msp.subscription.sync_quantities`` alone; the access list gives nobody the right to
    write. A row that names nothing we know is kept with the names it gave.
    """

    _name = "msp.count.log"
    _description = "Count"
    _order = "id desc"
    _rec_name = "subscription_ref"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    subscription_id = fields.Many2one("msp.subscription", ondelete="set null", index="btree_not_null")
    partner_id = fields.Many2one(related="subscription_id.partner_id", string="Client")
    product_id = fields.Many2one("product.product", ondelete="set null", index="btree_not_null")
    line_id = fields.Many2one("msp.subscription.line", string="Line", ondelete="set null", index="btree_not_null")
    subscription_ref = fields.Char(string="Subscription named", help="What the row called the subscription.")
    product_ref = fields.Char(string="Product named", help="What the row called the product.")
    quantity = fields.Float(string="Counted", digits="Product Unit", aggregator=None)
    quantity_before = fields.Float(string="Before", digits="Product Unit", aggregator=None)
    date = fields.Date(string="From", help="First day on which the count holds.")
    status = fields.Selection(
        [
            ("unchanged", "Unchanged"),
            ("changed", "Changed"),
            ("added", "Opened again"),
            ("ended", "Ended"),
            ("error", "Not applied"),
        ],
        required=True,
    )
    message = fields.Text(string="What happened")
    source = fields.Char(help="The system that counted, as it calls itself.")
    user_id = fields.Many2one("res.users", string="Sent by", ondelete="set null")
    create_date = fields.Datetime(string="Received")

    # The latest count of a product, and who changed a line, without reading the history.
    _latest_index = models.Index("(subscription_id, product_id, id DESC) WHERE status <> 'error'")
    _change_index = models.Index("(line_id, id DESC) WHERE status IN ('changed', 'added')")
    _error_index = models.Index("(company_id, id DESC) WHERE status = 'error'")

    def action_open_subscription(self):
        """The subscription that was counted; without one, the list to find it in."""
        self.ensure_one()
        if self.subscription_id:
            return self.subscription_id.action_open()
        return self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_subscription_action")

    @api.autovacuum
    def _gc_unchanged(self):
        """Old counts that changed nothing go, but never the latest of a product; changes and errors stay."""
        limit = fields.Datetime.now() - relativedelta(months=KEEP_MONTHS)
        old = self.search([("status", "=", "unchanged"), ("create_date", "<", limit)], limit=PURGE_BATCH, order="id")
        latest = self._read_group(
            [("subscription_id", "in", old.subscription_id.ids), ("status", "!=", "error")],
            ["subscription_id", "product_id"],
            ["id:max"],
        )
        keep = {log_id for _subscription, _product, log_id in latest}
        gone = old.filtered(lambda log: log.id not in keep)
        gone.unlink()
        return len(gone), len(old) == PURGE_BATCH and bool(gone)
