from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.addons.msp_billing.report.invoice_pdf import Currency
from odoo.addons.msp_billing.report.statement_pdf import render_letter
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import file_path

from ..engine.rollforward import Money, Roll, Tie, by_client, sum_money
from ..engine.statement import COLUMN_OF, COLUMNS, month_end
from ..models.retainer_deferral_facts import money_sql
from ..report.rollforward import RollFacts, compose_rollforward, render_rollforward

NOTHING = Roll(0, "", "", 0)


class MspRetainerRollforward(models.TransientModel):
    """All prepaid hours of a company over some months, and their money against the liability account."""

    _name = "msp.retainer.rollforward"
    _description = "Roll-forward of prepaid hours"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From the month of", required=True, default=lambda self: self._last_month())
    date_to = fields.Date(string="To the month of", required=True, default=lambda self: self._last_month())
    opening_hours = fields.Float(string="Opening", compute="_compute_figures")
    bought_hours = fields.Float(string="Sold", compute="_compute_figures")
    used_hours = fields.Float(string="Used", compute="_compute_figures")
    expired_hours = fields.Float(string="Expired", compute="_compute_figures")
    refunded_hours = fields.Float(string="Given back", compute="_compute_figures")
    adjusted_hours = fields.Float(string="Adjusted", compute="_compute_figures")
    closing_hours = fields.Float(string="Closing", compute="_compute_figures")
    is_deferred = fields.Boolean(compute="_compute_figures")
    opening_money = fields.Monetary(string="Owed at the start", compute="_compute_figures")
    sold_money = fields.Monetary(string="Sold, less credits", compute="_compute_figures")
    recognised_money = fields.Monetary(string="Recognized", compute="_compute_figures")
    closing_money = fields.Monetary(string="Owed at the end", compute="_compute_figures")
    account_money = fields.Monetary(string="Balance of the liability account", compute="_compute_figures")
    difference_money = fields.Monetary(string="Difference", compute="_compute_figures")
    missing_months = fields.Char(string="Not booked yet", compute="_compute_figures")

    def _last_month(self):
        return self.env.company._retainer_today() + relativedelta(months=-1, day=1)

    def _period(self):
        """First and last day.

        :raises UserError: when they are no period, or the company is not the user's
        """
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("That company is not among those chosen at the top."))
        if not self.date_from or not self.date_to or self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins."))
        return self.date_from.replace(day=1), month_end(self.date_to)

    @api.depends("company_id", "date_from", "date_to")
    def _compute_figures(self):
        for dialog in self:
            try:
                first, last = dialog._period()
            except UserError:
                first = None
            summed, tie = dialog._totals(first, last) if first else (NOTHING, Tie(Decimal(0), Decimal(0)))
            dialog.opening_hours, dialog.closing_hours = summed.opening / 60, summed.closing / 60
            for column, minutes in zip(COLUMNS, summed.sums, strict=True):
                dialog[f"{column}_hours"] = minutes / 60
            money = summed.money or Money()
            dialog.is_deferred = bool(dialog.company_id.retainer_liability_account_id)
            dialog.opening_money, dialog.sold_money = float(money.opening), float(money.sold)
            dialog.recognised_money, dialog.closing_money = float(money.recognised), float(money.closing)
            dialog.account_money, dialog.difference_money = float(tie.account), float(tie.difference)
            dialog.missing_months = first and dialog._missing(first, last)

    def _missing(self, first, last):
        # sudo: which months are booked; the figures of the company were asked for by who may see them
        deferrals = self.env["msp.retainer.deferral"].sudo()
        due = [month for month in deferrals._due_months(self.company_id) if month <= last]
        return ", ".join(f"{month:%Y-%m}" for month in due) or False

    # ------------------------------------------------------------------ figures

    def _totals(self, first, last):
        """All blocks over the period as one, and the tie of their money to the account: what the screen shows.

        The database adds up the hours, by the engine's columns; ``total`` of ``_rolls`` says the same.
        """
        company = self._asked()
        opening, sums = 0, dict.fromkeys(COLUMNS, 0)
        for kind, is_before, minutes in self.env.execute_query(_sums_query(company.id, first, last)):
            if is_before:
                opening += minutes
            else:
                sums[COLUMN_OF[kind]] += minutes
        moneys = self._moneys(company, first, last)
        return Roll(0, "", "", opening, tuple(sums.values()), sum_money(moneys.values())), self._tie(
            company, moneys, last
        )

    def _rolls(self, first, last):
        """Each block with hours or money over the period, in no order, and the tie of their money to the account.

        One of these queries looks at hours, three at money; their number does not grow with the blocks.
        """
        company = self._asked()
        moneys = self._moneys(company, first, last)
        # A block whose hours were rolled over has none, but it keeps the money.
        owing = [key for key, money in moneys.items() if money != Money()]
        rolls = [
            Roll(*row[:4], row[5:], None if row[4] else moneys.get(row[0]))
            for row in self.env.execute_query(_hours_query(company.id, first, last, owing))
        ]
        return rolls, self._tie(company, moneys, last)

    def _asked(self):
        """The company of the report, with all that is known of it in the database."""
        self.env["msp.retainer"].check_access("read")
        self.env.flush_all()
        return self.company_id

    def _tie(self, company, moneys, last):
        blocks = sum((money.closing for money in moneys.values()), Decimal(0))
        return Tie(blocks, self._account_balance(company, last) if moneys else blocks)

    def _moneys(self, company, first, last):
        """Money of the deferred blocks, that of rolled over hours with the block that was sold."""
        if not company.retainer_liability_account_id:
            return {}
        zero = Decimal(0)
        before, sold, moved = (defaultdict(lambda: zero) for _column in range(3))
        for key, is_before, is_moved, amount in self.env.execute_query(
            SQL(
                "SELECT id, date < %(first)s, is_moved, SUM(amount) FROM (%(money)s) money GROUP BY 1, 2, 3",
                money=money_sql(company, last),
                first=first,
            )
        ):
            (before if is_before else moved if is_moved else sold)[key] += Decimal(str(amount))
        # sudo: what was recognised is a figure of this report
        deferrals = self.env["msp.retainer.deferral"].sudo()
        earlier = deferrals._recognised(company, first)
        until = deferrals._recognised(company, last + timedelta(days=1))
        return {
            key: Money(
                before[key] - earlier.get(key, zero),
                sold[key],
                until.get(key, zero) - earlier.get(key, zero),
                moved[key],
            )
            for key in before.keys() | sold.keys() | moved.keys() | until.keys()
        }

    def _account_balance(self, company, day):
        ((balance,),) = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(-SUM(balance), 0) FROM account_move_line
                 WHERE account_id IN %s AND company_id = %s AND parent_state = 'posted' AND date <= %s
                """,
                tuple(company._owed_accounts().ids),
                company.id,
                day,
            )
        )
        return Decimal(str(balance))

    # ------------------------------------------------------------------- prints

    def action_pdf(self):
        """Download the roll-forward by client as a PDF."""
        return self._download("pdf")

    def action_xlsx(self):
        """Download it by block as an Excel workbook."""
        return self._download("xlsx")

    def _download(self, kind):
        self._period()
        return {
            "type": "ir.actions.act_url",
            "url": f"/msp_retainer/rollforward/{self.id}.{kind}",
            "target": "download",
        }

    def _render(self, kind):
        first, last = self._period()
        rolls, tie = self._rolls(first, last)
        company = self.company_id
        lang = self.env.lang or "en_US"
        # sudo: the letterhead, for who may print the report
        page = company.sudo()._statement_page(lang)
        facts = RollFacts(
            page=page,
            lang=lang,
            date_from=first,
            date_to=last,
            rolls=tuple(sorted(rolls, key=lambda roll: (roll.client.casefold(), roll.key))),
            clients=tuple(by_client(rolls)),
            tie=tie if company.retainer_liability_account_id else None,
            account=", ".join(company.sudo()._owed_accounts().mapped("display_name")),
            currency=Currency(company.currency_id.name, company.currency_id.decimal_places),
            missing=self.missing_months or "",
            labels=_labels(self.env._),
        )
        if kind == "pdf":
            return render_letter([compose_rollforward(facts)], (file_path("web/static/fonts/google"),))
        return render_rollforward(facts)


def _sums_query(company, first, last):
    """(kind, whether before the period, minutes) of all blocks together."""
    return SQL(
        """
        SELECT entry.kind, entry.date_booked < %(first)s, SUM(entry.minutes)
          FROM msp_retainer_entry entry
          JOIN msp_retainer block ON block.id = entry.retainer_id AND block.company_id = %(company)s
         WHERE entry.date_booked <= %(last)s
      GROUP BY 1, 2
        """,
        first=first,
        company=company,
        last=last,
    )


def _hours_query(company, first, last, owing):
    """Blocks with hours before the period or in it, and those that owe money.

    id, name, client, opening, whether its hours were rolled over from another block, each column's sum
    """
    columns = SQL(", ").join(
        # The day first: most entries are of earlier months, and need no look at their kind.
        SQL(
            "SUM(minutes) FILTER (WHERE date_booked >= %s AND kind IN %s) AS %s",
            first,
            kinds,
            SQL.identifier(column),
        )
        for column, kinds in COLUMNS.items()
    )
    # Entries are added up before their blocks are looked at, also those of other companies: the joins are left with a
    # row for each block, and names are not carried through the sums.
    return SQL(
        """
        SELECT block.id, COALESCE(block.name, ''), COALESCE(client.name, ''), COALESCE(rolled.opening, 0),
               block.origin_id IS NOT NULL, %(sums)s
          FROM msp_retainer block
          JOIN res_partner contact ON contact.id = block.partner_id
          JOIN res_partner client ON client.id = contact.commercial_partner_id
     LEFT JOIN (SELECT retainer_id, SUM(minutes) FILTER (WHERE date_booked < %(first)s) AS opening, %(columns)s
                  FROM msp_retainer_entry
                 WHERE date_booked <= %(last)s
              GROUP BY retainer_id
                HAVING SUM(minutes) FILTER (WHERE date_booked < %(first)s) <> 0 OR BOOL_OR(date_booked >= %(first)s)
               ) rolled ON rolled.retainer_id = block.id
         WHERE block.company_id = %(company)s AND (rolled.retainer_id IS NOT NULL OR block.id = ANY(%(owing)s::int[]))
        """,
        sums=SQL(", ").join(SQL("COALESCE(%s, 0)", SQL.identifier("rolled", column)) for column in COLUMNS),
        columns=columns,
        company=company,
        first=first,
        last=last,
        owing=owing,
    )


def _labels(_):
    """The report's terms, by their English key."""
    return {
        "Roll-forward of prepaid hours": _("Roll-forward of prepaid hours"),
        "From": _("From"),
        "To": _("To"),
        "Hours left": _("Hours left"),
        "Client": _("Client"),
        "Block": _("Block"),
        "Opening": _("Opening"),
        "Sold": _("Sold"),
        "Used": _("Used"),
        "Expired": _("Expired"),
        "Given back": _("Given back"),
        "Adjusted": _("Adjusted"),
        "Closing": _("Closing"),
        "Total": _("Total"),
        "Owed at the start": _("Owed at the start"),
        "Sold, less credits": _("Sold, less credits"),
        "Moved between blocks": _("Moved between blocks"),
        "Recognized": _("Recognized"),
        "Owed at the end": _("Owed at the end"),
        "Liability account": _("Liability account"),
        "Balance of the account": _("Balance of the account"),
        "Difference": _("Difference"),
        "Hours": _("Hours"),
        "Money": _("Money"),
        "Not booked yet": _("Not booked yet"),
        "No prepaid hours moved.": _("No prepaid hours moved."),
        "Page %(page)s of %(pages)s": _("Page %(page)s of %(pages)s"),
    }
