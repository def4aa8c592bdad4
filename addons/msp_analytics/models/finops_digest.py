from odoo import api, fields, models
from odoo.tools import format_date, formatLang

TILES = ("mrr", "ar", "dso", "gm_blended", "ehr", "prepaid")
# These are figures of the month that has ended, the others those of the day on which the mail is made.
OF_THE_MONTH = ("gm_blended", "ehr")


class MspFinopsDashboard(models.AbstractModel):
    """The monthly digest: the dashboard of the month that has ended, by mail."""

    _inherit = "msp.finops.dashboard"

    @api.model
    def _cron_digest(self):
        """Daily: mail the month that has ended to those who want it, once.

        What is due is asked, not which day it is: after a pause the last month still goes out, older ones do not.
        """
        month = fields.Date.subtract(fields.Date.context_today(self).replace(day=1), months=1)
        companies = self.env["res.company"].search(
            [
                ("msp_digest_user_ids", "!=", False),
                "|",
                ("msp_digest_month", "=", False),
                ("msp_digest_month", "<", month),
            ]
        )
        for number, company in enumerate(companies, start=1):
            # The mark and the mails are one transaction: neither without the other.
            company.msp_digest_month = month
            self._send_digest(company, month)
            self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - number)

    @api.model
    def _send_digest(self, company, month):
        """Queue a mail to each recipient, with what that person may see and in their language. Returns the mails."""
        values = []
        for user in company.msp_digest_user_ids.filtered(
            lambda user: user.active and user.email and company in user.company_ids
        ):
            own = (
                self.with_user(user).with_company(company).with_context(allowed_company_ids=company.ids, lang=user.lang)
            )
            if not own.env["msp.client.profitability"].has_access("read") or not own.env["msp.subscription"].has_access(
                "read"
            ):
                continue
            values.append(
                {
                    "subject": own.env._(
                        "%(company)s: figures of %(month)s", company=company.name, month=own._month_name(month)
                    ),
                    "body_html": own._render_digest(company, month),
                    "email_to": user.email_formatted,
                    "email_from": company.email_formatted or user.email_formatted,
                    "auto_delete": True,
                }
            )
        return self.env["mail.mail"].create(values)

    def _month_name(self, month):
        return format_date(self.env, month, date_format="MMMM y")

    def _render_digest(self, company, month):
        """The mail's body for this user."""
        data = self.load({"period": "last_month", "company_id": company.id})
        currency = company.currency_id
        return self.env["ir.qweb"]._render(
            "msp_analytics.finops_digest",
            {
                "company": company,
                "month": self._month_name(month),
                "tiles": [self._digest_tile(tile, data, month) for tile in data["tiles"] if tile["key"] in TILES],
                "queue": [(row["label"], row["count"]) for row in data["queue"] if row["count"]],
                "best": [(row["name"], currency.format(row["value"])) for row in data["best"][:3]],
                "worst": [(row["name"], currency.format(row["value"])) for row in data["worst"][:3]],
                "waterfall": [
                    (bar["label"], self.env["res.currency"].browse(data["mrr_currency_id"]).format(bar["value"]))
                    for bar in data["waterfall"]
                ],
                "url": f"{company.get_base_url()}/billing/dashboard",
            },
        )

    def _digest_tile(self, tile, data, month):
        """A tile for the mail: what it is, of which day or month, the figure, what belongs to it, what to know."""
        of_month = tile["key"] in OF_THE_MONTH
        return {
            "title": tile["title"],
            "when": self._month_name(month) if of_month else format_date(self.env, data["as_of"]),
            "figure": self._digest_figure(tile),
            "sub": [f"{self._digest_figure(sub)} {sub['label']}".strip() for sub in tile.get("sub", ())],
            "warning": tile.get("warning"),
        }

    def _digest_figure(self, tile):
        """A tile as text; unknown is a dash."""
        if tile["value"] is False:
            return "–"
        if tile["unit"] == "money":
            return self.env["res.currency"].browse(tile["currency_id"]).format(tile["value"])
        text = formatLang(self.env, tile["value"], digits=1)
        return {"percent": f"{text} %", "days": self.env._("%s days", text), "hours": f"{text} h"}.get(
            tile["unit"], text
        )
