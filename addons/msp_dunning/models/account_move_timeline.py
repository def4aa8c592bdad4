from odoo import fields, models
from odoo.tools import SQL, format_date, format_datetime, formatLang

from .account_move import FINANCE

ICONS = {
    "reminder": "fa-envelope",
    "skipped": "fa-step-forward",
    "suppressed": "fa-bell-slash-o",
    "paused": "fa-pause",
    "resumed": "fa-play",
    "disputed": "fa-gavel",
    "resolved": "fa-check",
    "promise": "fa-handshake-o",
    "promise_kept": "fa-thumbs-o-up",
    "promise_broken": "fa-thumbs-o-down",
    "call": "fa-phone",
    "bounced": "fa-exclamation-triangle",
    "payment": "fa-money",
    "credit": "fa-undo",
}
# Of a client's timeline; older entries are on its invoices.
TIMELINE_ROWS = 100
ALARMING = ("bounced", "promise_broken", "disputed")


class AccountMove(models.Model):
    """The timeline of an invoice: what was said, what came in."""

    _inherit = "account.move"

    dunning_timeline = fields.Html(compute="_compute_dunning_timeline", sanitize=False, groups=FINANCE)

    def _compute_dunning_timeline(self):
        events = self.env["msp.dunning.event"].search([("move_id", "in", self.ids)]).grouped("move_id")
        money = self._dunning_money_in()
        for move in self:
            if not move.id or move.move_type not in ("out_invoice", "out_receipt"):
                move.dunning_timeline = False
                continue
            entries = [_event_entry(event) for event in events.get(move, ())] + money.get(move._origin.id, [])
            move.dunning_timeline = move._dunning_render(entries, move.next_reminder_text)

    def _dunning_money_in(self):
        """Payments and credit notes that were set off against these invoices, as entries by move id."""
        if not self.ids:
            return {}
        self.env.flush_all()
        found = {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.move_id, p.max_date, p.debit_amount_currency, p.debit_currency_id, m.name, m.move_type, p.id, m.id
                  FROM account_partial_reconcile p
                  JOIN account_move_line d ON d.id = p.debit_move_id
                  JOIN account_move_line c ON c.id = p.credit_move_id
                  JOIN account_move m ON m.id = c.move_id
                 WHERE d.move_id = ANY(%s)
                """,
                self.ids,
            )
        )
        for move, day, amount, currency, name, kind, number, source in rows:
            text = formatLang(self.env, amount, currency_obj=self.env["res.currency"].browse(currency))
            found.setdefault(move, []).append(
                {
                    "key": (day, 0, number),
                    "day": day,
                    "icon": ICONS["credit" if kind == "out_refund" else "payment"],
                    "title": self.env._("Credit note") if kind == "out_refund" else self.env._("Payment"),
                    "text": f"{text} · {name or ''}",
                    "state": "",
                    "alarming": False,
                    "source": source,
                    "name": name,
                    "amount": amount,
                    "currency": currency,
                }
            )
        return found

    def _dunning_render(self, entries, upcoming=None):
        """The entries as one vertical line, the newest first."""
        entries.sort(key=lambda entry: entry["key"], reverse=True)
        return self.env["ir.qweb"]._render(
            "msp_dunning.timeline",
            {"entries": entries, "upcoming": upcoming, "day": lambda day: format_date(self.env, day)},
        )


def _event_entry(event):
    """One event as the timeline shows it."""
    kinds = dict(event._fields["kind"]._description_selection(event.env))
    states = dict(event._fields["delivery_state"]._description_selection(event.env))
    outcomes = dict(event._fields["outcome"]._description_selection(event.env))
    title = kinds[event.kind]
    if event.step_id:
        title = f"{title}: {event.step_id.sudo().name}"
    parts = [
        outcomes.get(event.outcome),
        event.email_to,
        formatLang(event.env, event.amount, currency_obj=event.currency_id) if event.amount else None,
        event.reason,
        event.env._("opened %s", format_datetime(event.env, event.date_opened)) if event.date_opened else None,
        event.env._("until %s", format_date(event.env, event.date_next)) if event.date_next else None,
        event.user_id.name if event.kind not in ("reminder", "skipped", "suppressed", "bounced") else None,
    ]
    return {
        "key": (event.date, 1, event.id),
        "day": event.date,
        "icon": ICONS[event.kind],
        "title": title,
        "text": " · ".join(part for part in parts if part),
        "state": states.get(event.delivery_state, ""),
        "alarming": event.kind in ALARMING or event.delivery_state in ("bounced", "failed", "unknown"),
        "mail": event.kind == "reminder" and event.mail_message_id and event.outbox_id.id,
    }


class ResPartner(models.Model):
    """The timeline of a client: its own events, those of its invoices, and what came in for them."""

    _inherit = "res.partner"

    dunning_timeline = fields.Html(compute="_compute_dunning_timeline", sanitize=False, groups=FINANCE)

    def _compute_dunning_timeline(self):
        for partner in self:
            events = self.env["msp.dunning.event"].search(
                [
                    ("partner_id", "=", partner.commercial_partner_id.id),
                    ("company_id", "in", self.env.companies.ids),
                ],
                limit=TIMELINE_ROWS,
            )
            entries = []
            for event in events:
                entry = _event_entry(event)
                if event.move_id:
                    entry["title"] = f"{entry['title']} · {event.move_id.name}"
                entries.append(entry)
            entries += partner._dunning_money_entries()
            entries.sort(key=lambda entry: entry["key"], reverse=True)
            entries = entries[:TIMELINE_ROWS]
            partner.dunning_timeline = self.env["account.move"]._dunning_render(entries) if partner.id else False

    def _dunning_money_entries(self):
        """Payments and credit notes that settled this client's last invoices, each with their numbers."""
        self.ensure_one()
        moves = self.env["account.move"].search(
            [
                ("commercial_partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "in", self.env.companies.ids),
                ("move_type", "in", ("out_invoice", "out_receipt")),
                ("state", "=", "posted"),
            ],
            order="date desc, id desc",
            limit=TIMELINE_ROWS,
        )
        names = {move.id: move.name for move in moves}
        # One payment of many invoices is one entry.
        found = {}
        for move, entries in moves._dunning_money_in().items():
            for entry in entries:
                known = found.setdefault((entry["source"], entry["day"], entry["currency"]), {**entry, "settled": []})
                known["settled"].append((names[move], entry["amount"]))
        return [entry | self._dunning_settled(entry) for entry in found.values()]

    def _dunning_settled(self, entry):
        """The sum of a payment or credit note, and the invoices that it settled."""
        total = sum(amount for _name, amount in entry["settled"])
        settled = ", ".join(name or "" for name, _amount in sorted(entry["settled"], key=lambda pair: pair[0] or ""))
        money = formatLang(self.env, total, currency_obj=self.env["res.currency"].browse(entry["currency"]))
        return {"text": " · ".join(part for part in (money, entry["name"], settled) if part)}
