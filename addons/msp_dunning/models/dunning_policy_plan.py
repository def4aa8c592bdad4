from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ..engine.plan import decide
from ..engine.silence import silence
from ..engine.steps import next_step

# Silences that are the normal course of things and need no entry in the timeline.
ORDINARY = ("waiting", "finished", "paid", "closed", "mailed", "no_policy")


class _Preview(Exception):
    """Carries a mail out of the savepoint that is undone."""


class MspDunningPolicy(models.Model):
    """What would go out, to whom, and why not."""

    _inherit = "msp.dunning.policy"

    @api.model
    @api.readonly
    def outbox(self, date=None):
        """What would go out on a day and what would not, and why; writes nothing.

        :param date: the day; each company's today by default
        :return: list of dicts, mails first: ``goes_out, date, company_id, partner_id, partner, currency_id, currency,
            amount, credit, step_id, step, contact_id, email, move_ids, line_ids, reason_code, reason, until``
        """
        self._dunning_check_user()
        rows = []
        for company in self.env.companies:
            day = fields.Date.to_date(date) or company._dunning_today()
            # Money facts of all clients of the caller's own companies, whoever sold to them.
            rows += self.sudo()._dunning_outbox_rows(company.sudo(), day)
        rows.sort(key=lambda row: (not row["goes_out"], row["partner"] or "", row["currency"]))
        return rows

    @api.model
    def preview_mail(self, company_id, partner_id, currency_id, date=None):
        """The mail that would go out to a client; nothing of it stays.

        :return: dict ``subject, body``
        """
        self._dunning_check_user()
        company = self.env["res.company"].browse(company_id)
        if company not in self.env.companies:
            raise AccessError(self.env._("That company is not among yours."))
        day = fields.Date.to_date(date) or company._dunning_today()
        # Written and taken back, so that it is the very mail; the caller may send it.
        rows = self.env["msp.dunning.outbox"].sudo().with_company(company)
        try:
            with self.env.cr.savepoint():
                made = rows._claim(company.sudo(), day, [partner_id])
                made = made.filtered(lambda row: row.currency_id.id == currency_id)
                message = made.mail_message_id
                raise _Preview({"subject": message.subject or "", "body": message.body or ""})
        except _Preview as preview:
            self.env.invalidate_all(flush=False)
            return preview.args[0]

    @api.model
    def _dunning_check_user(self):
        if not self.env.su and not self.env.user.has_group("msp_billing.msp_billing_group_user"):
            raise AccessError(self.env._("Reminders are the business of MSP Finance users."))

    @api.model
    def _dunning_decide(self, company, day, partner_ids=None, without=()):
        """Facts and plan of a company. Override to change facts before they are decided on."""
        facts = self._dunning_facts(company, day, partner_ids, without)
        return facts, decide(facts.clients, facts.items, day)

    def _dunning_outbox_rows(self, company, day):
        facts, plan = self._dunning_decide(company, day)
        partners = self.env["res.partner"].browse(list(facts.clients))
        names = dict(zip(partners.ids, partners.mapped("name"), strict=True)) if partners else {}
        currencies = self.env["res.currency"].browse({item.currency_id for item in facts.items})
        codes = {currency.id: currency.name for currency in currencies}
        steps = {step.id: step.name for step in self.env["msp.dunning.step"].search([])}
        speech = self._dunning_speech()

        def row(client, currency, **values):
            return {
                "date": fields.Date.to_string(day),
                "company_id": company.id,
                "partner_id": client,
                "partner": names[client],
                "currency_id": currency,
                "currency": codes[currency],
                **values,
            }

        rows = []
        for mail in plan.mails:
            contact, email = facts.addresses[mail.client_id][0]
            rows.append(
                row(
                    mail.client_id,
                    mail.currency_id,
                    goes_out=True,
                    amount=float(mail.amount),
                    credit=float(mail.credit),
                    step_id=mail.step.id,
                    step=steps[mail.step.id],
                    contact_id=contact,
                    email=email,
                    move_ids=sorted({one.item.move_id for one in mail.listed}),
                    line_ids=[one.item.id for one in mail.listed],
                    reason_code=False,
                    reason=False,
                    until=False,
                )
            )
        grouped = defaultdict(list)
        for one in plan.silent:
            grouped[one.item.client_id, one.item.currency_id, one.reason, one.step].append(one.item)
        for (client, currency, reason, step), items in grouped.items():
            rows.append(
                row(
                    client,
                    currency,
                    goes_out=False,
                    amount=float(sum(item.undisputed for item in items)),
                    credit=0.0,
                    step_id=step.id if step else False,
                    step=steps[step.id] if step else False,
                    contact_id=False,
                    email=False,
                    move_ids=sorted({item.move_id for item in items}),
                    line_ids=[item.id for item in items],
                    reason_code=reason.code,
                    reason=speech(reason),
                    until=fields.Date.to_string(reason.until) if reason.until else False,
                )
            )
        return rows

    @api.model
    def _dunning_outlook(self, facts, day):
        """The next reminder of each open instalment.

        :return: dict from item id to (day or None, step or None, reason of silence or None)
        """
        outlook = {}
        for item in facts.items:
            client = facts.clients[item.client_id]
            reason = silence(client, item, day)
            found = None
            if reason is None:
                found = next_step(client.policy, item, day)
            elif reason.until:
                # After a pause or a promise it goes on at the step it should then be at.
                later = reason.until + timedelta(days=1)
                if silence(client, item, later) is None:
                    found = next_step(client.policy, item, later)
            outlook[item.id] = (*found, reason) if found else (None, None, reason)
        return outlook

    @api.model
    def _dunning_speech(self):
        """A function that says a reason of silence in the user's language."""
        texts = {
            "no_policy": self.env._("No dunning policy with steps"),
            "go_live": self.env._("Due before the go-live date"),
            "paid": self.env._("Nothing left to pay"),
            "client_paused": self.env._("Reminders to the client are paused"),
            "paused": self.env._("Reminders are paused"),
            "disputed": self.env._("Disputed in full"),
            "promised": self.env._("Payment is promised"),
            "excluded": self.env._("Marked No Follow-Up"),
            "blocked": self.env._("Payment is blocked"),
            "bank": self.env._("A bank payment of this client waits to be matched"),
            "other_currency": self.env._("A payment in another currency waits to be applied"),
            "covered": self.env._("Covered by unapplied credit"),
            "limit": self.env._("The limit of reminders is reached"),
            "closed": self.env._("No working day"),
            "held": self.env._("Held back in the outbox"),
            "mailed": self.env._("The client has a mail of that day"),
            "minimum": self.env._("Below the minimum amount"),
            "no_address": self.env._("No e-mail address that works"),
            "waiting": self.env._("No step is due"),
            "finished": self.env._("All steps went out"),
        }

        def speak(reason):
            if reason is None:
                return self.env._("All steps went out")
            text = texts[reason.code]
            if not reason.until:
                return text
            if reason.code in ("waiting", "closed", "mailed"):
                return self.env._("%(text)s; next on %(day)s", text=text, day=format_date(self.env, reason.until))
            return self.env._("%(text)s until %(day)s", text=text, day=format_date(self.env, reason.until))

        return speak
