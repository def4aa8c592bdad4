from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date

from ..engine.fees import interest
from ..engine.plan import chaseable
from ..engine.silence import silence


class MspDunningFee(models.Model):
    """What was charged for being late: which instalment, which days, on which invoice.

    It goes with its invoice: deleting the draft, or cancelling it, makes the days chargeable again.
    """

    _name = "msp.dunning.fee"
    _description = "Late fee"
    _order = "date_to desc, id desc"
    _check_company_auto = True

    fee_move_id = fields.Many2one("account.move", string="On invoice", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="fee_move_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="fee_move_id.commercial_partner_id", string="Client", store=True)
    currency_id = fields.Many2one(related="fee_move_id.currency_id", store=True)
    move_id = fields.Many2one("account.move", string="Late invoice", required=True, index=True, ondelete="restrict")
    due_line_id = fields.Many2one("account.move.line", string="Instalment", index="btree_not_null", ondelete="set null")
    kind = fields.Selection([("fee", "Fee"), ("interest", "Interest")], required=True)
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="Up to, without", required=True)
    base = fields.Monetary()
    amount = fields.Monetary()

    _days_check = models.Constraint("CHECK(date_to >= date_from)", "A fee ends after it begins.")
    _interest_once = models.UniqueIndex(
        "(fee_move_id, due_line_id, kind)", "This instalment is on that invoice already."
    )


class MspDunningPolicy(models.Model):
    """Late fees and interest: draft invoices of their own, never a change of the posted one."""

    _inherit = "msp.dunning.policy"

    @api.model
    def draft_late_fees(self, date=None, partner_ids=None):
        """Draft what being late costs, in the caller's companies that charge for it.

        :param date: up to and without this day; each company's today by default
        :param partner_ids: only these clients
        :return: ids of the drafts
        :raises UserError: when no company charges for it
        """
        self._dunning_check_user()
        companies = self.env.companies.filtered(
            lambda company: (
                company.dunning_fee_product_id and (company.dunning_fee_amount or company.dunning_interest_rate)
            )
        )
        if not companies:
            raise UserError(self.env._("Late fees are off: set a product and a fee or a rate in the settings."))
        made = self.env["account.move"]
        for company in companies:
            day = fields.Date.to_date(date) or company._dunning_today()
            # The ledger of fees is written here alone; the caller's right to bill was checked.
            worker = self.sudo().with_company(company).with_context(allowed_company_ids=company.ids)
            made |= worker._draft_fees(company, day, partner_ids)
        return made.ids

    def _draft_fees(self, company, day, partner_ids):
        """One draft a client and currency."""
        self._lock_fees(company)
        facts = self._dunning_facts(company, day, partner_ids)
        charged = self._charged_fees(company)
        drafts = self.env["account.move"]
        by_key = {}
        for item in facts.items:
            client = facts.clients[item.client_id]
            if silence(client, item, day) is None and item.move_id not in charged["moves"]:
                by_key.setdefault((item.client_id, item.currency_id), []).append(item)
        for (client_id, currency_id), items in by_key.items():
            currency = self.env["res.currency"].browse(currency_id)
            found = []
            for one in chaseable(facts.clients[client_id], items, currency_id):
                if one.amount > 0:
                    found += self._item_fees(company, day, one, charged, currency)
            if found:
                drafts |= self._fee_invoice(company, client_id, currency, day, found)
        return drafts

    def _lock_fees(self, company):
        """Two at once would charge the same days twice: the update makes the second one start again."""
        self.env.execute_query(
            SQL("UPDATE res_company SET dunning_fee_days = dunning_fee_days WHERE id = %s RETURNING id", company.id)
        )

    def _charged_fees(self, company):
        """Instalments with a fee, the last day of interest by instalment, and the invoices that charge them."""
        rows = self.env["msp.dunning.fee"].search(
            [("company_id", "=", company.id), ("fee_move_id.state", "!=", "cancel")]
        )
        last = {}
        for row in rows.filtered(lambda row: row.kind == "interest"):
            last[row.due_line_id.id] = max(row.date_to, last.get(row.due_line_id.id, row.date_to))
        return {
            "fees": set(rows.filtered(lambda row: row.kind == "fee").due_line_id.ids),
            "interest": last,
            "moves": set(rows.fee_move_id.ids),
        }

    def _item_fees(self, company, day, one, charged, currency):
        """What an instalment costs, as values of the ledger."""
        item = one.item
        if (day - item.date_due).days < max(1, company.dunning_fee_days):
            return []
        base = {"due_line_id": item.id, "move_id": item.move_id, "base": float(one.amount)}
        found = []
        if company.dunning_fee_amount and item.id not in charged["fees"]:
            fee = company.currency_id._convert(company.dunning_fee_amount, currency, company, day)
            found.append({**base, "kind": "fee", "date_from": item.date_due, "date_to": day, "amount": fee})
        start = charged["interest"].get(item.id, item.date_due + timedelta(days=1))
        if company.dunning_interest_rate and start < day:
            owed = interest(
                one.amount, Decimal(str(company.dunning_interest_rate)), start, day, Decimal(str(currency.rounding))
            )
            if owed.amount:
                found.append(
                    {**base, "kind": "interest", "date_from": start, "date_to": day, "amount": float(owed.amount)}
                )
        return found

    def _fee_invoice(self, company, client_id, currency, day, found):
        names = {
            move.id: move.name for move in self.env["account.move"].browse({values["move_id"] for values in found})
        }
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": client_id,
                "company_id": company.id,
                "currency_id": currency.id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": company.dunning_fee_product_id.id,
                            "name": self._fee_text(company, values, names[values["move_id"]], currency),
                            "quantity": 1,
                            "price_unit": values["amount"],
                        }
                    )
                    for values in found
                ],
            }
        )
        self.env["msp.dunning.fee"].create([{**values, "fee_move_id": move.id} for values in found])
        return move

    def _fee_text(self, company, values, name, currency):
        if values["kind"] == "fee":
            return self.env._("Late fee for invoice %s", name)
        return self.env._(
            "Interest for invoice %(name)s: %(base)s at %(rate)s %% a year, %(start)s to %(end)s (%(days)s days)",
            name=name,
            base=currency.format(values["base"]),
            rate=f"{company.dunning_interest_rate:g}",
            start=format_date(self.env, values["date_from"]),
            end=format_date(self.env, values["date_to"] - timedelta(days=1)),
            days=(values["date_to"] - values["date_from"]).days,
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    dunning_fee_product_id = fields.Many2one(
        "product.product",
        string="Late fee product",
        ondelete="restrict",
        help="Empty: nothing is charged for being late.",
    )
    dunning_fee_amount = fields.Monetary(
        string="Late fee", help="Once for each late instalment, in the company's currency."
    )
    dunning_interest_rate = fields.Float(string="Interest", digits=(6, 3), help="Percent a year, simple, by days.")
    dunning_fee_days = fields.Integer(string="Charge from", default=14, help="Days after the due date.")

    _dunning_fee_check = models.Constraint(
        "CHECK(dunning_fee_amount >= 0 AND dunning_interest_rate BETWEEN 0 AND 100 AND dunning_fee_days >= 0)",
        "Late fee, interest (at most 100 %) and days must not be negative.",
    )


class MspSettingsMixin(models.AbstractModel):
    _inherit = "msp.settings.mixin"

    dunning_fee_product_id = fields.Many2one(related="company_id.dunning_fee_product_id", readonly=False)
    dunning_fee_currency_id = fields.Many2one(related="company_id.currency_id", string="Fee currency")
    dunning_fee_amount = fields.Monetary(
        related="company_id.dunning_fee_amount", readonly=False, currency_field="dunning_fee_currency_id"
    )
    dunning_interest_rate = fields.Float(related="company_id.dunning_interest_rate", readonly=False)
    dunning_fee_days = fields.Integer(related="company_id.dunning_fee_days", readonly=False)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_dunning_late_fees(self):
        """Draft what being late costs these clients, and open it."""
        ids = self.env["msp.dunning.policy"].draft_late_fees(partner_ids=self.commercial_partner_id.ids)
        if not ids:
            raise UserError(self.env._("Nothing is late enough, or all of it was charged already."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Late fees"),
            "res_model": "account.move",
            "domain": [("id", "in", ids)],
            "views": [(False, "list"), (False, "form")],
        }
