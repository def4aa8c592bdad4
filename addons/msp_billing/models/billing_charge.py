from odoo import api, fields, models
from odoo.exceptions import UserError


class MspBillingCharge(models.Model):
    """The ledger of what has been billed.

    Append-only: an entry is made by the billing run, may become void, and is never
    deleted. ``layer`` tells apart entries for days that were billed, given back and
    billed again; the database refuses two live entries for the same days of the same
    line in the same layer and direction (giving back or not).

    Two kinds of adjustments are about money alone and cover no days::

        recurring 155.00 ◀── share_of_id ── release −62.00 ◀── released_id ── billed again 62.00
        (layer 0)                           (layer n, by a credit note)       (layer n + 1, by a run)
    """

    _name = "msp.billing.charge"
    _description = "Billing charge"
    _order = "period_start desc, id desc"
    _rec_name = "explanation"

    subscription_line_id = fields.Many2one(
        "msp.subscription.line",
        string="Subscription line",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    subscription_id = fields.Many2one(
        related="subscription_line_id.subscription_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(related="subscription_line_id.partner_id", store=True, index=True, precompute=True)
    company_id = fields.Many2one(related="subscription_line_id.company_id", store=True, index=True, precompute=True)
    currency_id = fields.Many2one(related="subscription_line_id.currency_id", store=True, precompute=True)
    product_id = fields.Many2one(related="subscription_line_id.product_id", store=True, precompute=True)
    kind = fields.Selection(
        [("recurring", "Recurring"), ("adjustment", "Adjustment"), ("skip", "Skipped")],
        required=True,
        default="recurring",
        readonly=True,
    )
    period_start = fields.Date(string="Period start", required=True, readonly=True, help="First covered day.")
    period_end = fields.Date(string="Period end", required=True, readonly=True, help="First day not covered.")
    quantity = fields.Float(digits="Product Unit", readonly=True)
    price_unit = fields.Float(string="Unit price", min_display_digits="Product Price", readonly=True, aggregator="avg")
    discount = fields.Float(digits="Discount", readonly=True, aggregator="avg")
    amount = fields.Monetary(readonly=True, help="Before tax, in the subscription's currency; negative gives back.")
    explanation = fields.Text(readonly=True)
    layer = fields.Integer(readonly=True, default=0, help="How often these days had been billed and given back before.")
    reverses_id = fields.Many2one(
        "msp.billing.charge",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Whose days it gives back.",
    )
    share_of_id = fields.Many2one(
        "msp.billing.charge",
        string="Part of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="A credit note took this amount of that charge and made it due again; its days stay billed.",
    )
    released_id = fields.Many2one(
        "msp.billing.charge",
        string="Bills again",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What a credit note had made due again, billed again.",
    )
    invoice_line_id = fields.Many2one(
        "account.move.line", string="Invoice line", index="btree_not_null", ondelete="restrict", readonly=True
    )
    move_id = fields.Many2one(related="invoice_line_id.move_id", string="Invoice")
    run_id = fields.Many2one("msp.billing.run", index="btree_not_null", ondelete="set null", readonly=True)
    state = fields.Selection([("billed", "Billed"), ("void", "Void")], default="billed", required=True, readonly=True)

    _period_check = models.Constraint("CHECK(period_end > period_start)", "A charge covers at least one day.")

    # Built-in range types only, so that no PostgreSQL extension is needed.
    _billed_once = models.Constraint(
        """EXCLUDE USING gist (
            int4range(subscription_line_id, subscription_line_id, '[]') WITH &&,
            daterange(period_start, period_end) WITH &&,
            int4range(
                layer * 2 + (CASE WHEN kind = 'adjustment' AND released_id IS NULL THEN 1 ELSE 0 END),
                layer * 2 + (CASE WHEN kind = 'adjustment' AND released_id IS NULL THEN 1 ELSE 0 END), '[]'
            ) WITH &&
        ) WHERE (state = 'billed')""",
        "These days of this subscription line are billed already.",
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The billing ledger keeps every entry: void a charge by cancelling its invoice."))

    def _void(self):
        """These charges no longer count: their days are due again."""
        live = self.filtered(lambda charge: charge.state == "billed")
        if not live:
            return
        # Only the ledger writes itself, whoever cancelled the invoice.
        live.sudo().write({"state": "void"})
        for subscription, charges in live.sudo().grouped("subscription_id").items():
            subscription._mark_dirty(min(charges.mapped("period_start")))

    def _restore(self):
        """Make void charges live again.

        :raises psycopg2.errors.ExclusionViolation: at flush, when their days have been billed again since.
        """
        void = self.filtered(lambda charge: charge.state == "void")
        void.sudo().write({"state": "billed"})
        void.flush_recordset(["state"])
        for subscription, charges in void.sudo().grouped("subscription_id").items():
            subscription._mark_dirty(min(charges.mapped("period_start")))
