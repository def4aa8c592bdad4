from odoo import api, fields, models

PORTAL_INVOICES = 24


class MspSubscription(models.Model):
    """What a client may see of a subscription.

    Clients have no access to our models at all. The portal reads with sudo, after asking for the
    client's own records by ``_portal_domain``, and its pages get the plain values below: what is not
    named here cannot be shown.
    """

    _inherit = "msp.subscription"

    @api.model
    def _portal_domain(self, partner, companies):
        """The subscriptions of a client: those of its company, past the draft, at the companies it deals with."""
        return [
            ("commercial_partner_id", "=", partner.commercial_partner_id.id),
            ("company_id", "in", companies.ids),
            ("state", "!=", "draft"),
        ]

    def _portal_summaries(self):
        """A row each for the list. Returns a list of dicts."""
        due = self._next_due_days()
        return [subscription._portal_summary(due.get(subscription.id)) for subscription in self]

    def _portal_summary(self, due):
        today = fields.Date.context_today(self)
        state = self._portal_state(today)
        owed = state in ("active", "paused") and due
        return {
            "id": self.id,
            "name": self.name,
            "state": state,
            "calendar": self.calendar_text,
            "start": self.date_start,
            "end": self.date_end,
            # A day that has passed means: with our next invoice.
            "next_invoice": due if owed and due > today else None,
            "is_due": bool(owed and due <= today),
            "paused_from": self.pause_ids.filtered(lambda pause: not pause.date_until)[:1].date_from,
        }

    def _portal_state(self, today):
        """``active``, ``paused``, ``upcoming`` or ``ended``, as of a day."""
        if self.state == "closed" or (self.date_end and self.date_end < today):
            return "ended" if not self.date_end or self.date_end < today else "active"
        if self.date_start > today:
            return "upcoming"
        pause = self.pause_ids.filtered(lambda pause: not pause.date_until)[:1]
        return "paused" if self.state == "paused" and pause.date_from <= today else "active"

    def _portal_page(self):
        """All that the page of one subscription says. Returns a dict."""
        self.ensure_one()
        lines = self._portal_lines()
        running = [line for line in lines if line["phase"] == "running"]
        return {
            **self._portal_summary(self._next_due_days().get(self.id)),
            "currency": self.currency_id,
            "contact": {"name": self.user_id.name, "email": self.user_id.email, "phone": self.user_id.phone}
            if self.user_id
            else None,
            "running": running,
            "upcoming": [line for line in lines if line["phase"] == "upcoming"],
            "ended": [line for line in lines if line["phase"] == "ended"],
            "total": sum(line["amount"] for line in running if line["amount"] is not None),
            "pauses": [
                {"from": pause.date_from, "until": fields.Date.subtract(pause.date_until, days=1)}
                for pause in self.pause_ids
                if pause.date_until and pause.date_until > pause.date_from
            ],
            "invoices": self._portal_invoices(),
        }

    def _portal_lines(self):
        """The lines as the client knows them: what, how many, at which price, from when to when."""
        lines = self.line_ids.filtered(lambda line: not line._is_empty())
        prices = lines._portal_prices()
        return [
            {
                "name": line.name,
                "quantity": line.quantity,
                "price": prices[line.id],
                "discount": line.discount,
                "amount": None if prices[line.id] is None else line.amount_period,
                "is_one_off": line.is_one_off,
                "phase": line.phase,
                "from": line._first_day(),
                "to": line.date_end,
            }
            for line in lines
        ]

    def _portal_invoices(self):
        """Posted invoices that billed this subscription, latest first, as far as they are the client's own."""
        moves = self.env["account.move"].search(
            [
                ("invoice_line_ids.billing_charge_ids.subscription_id", "=", self.id),
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ],
            order="invoice_date desc, id desc",
            limit=PORTAL_INVOICES,
        )
        return [
            {
                "id": move.id,
                "name": move.name,
                "date": move.invoice_date,
                "total": move.amount_total_in_currency_signed,
                "is_paid": move.currency_id.is_zero(move.amount_residual),
                "is_credit": move.move_type == "out_refund",
            }
            for move in moves
        ]
