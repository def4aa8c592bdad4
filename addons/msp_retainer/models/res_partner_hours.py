from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.addons.msp_billing.report.statement_pdf import render_letter
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import file_path

from ..engine.statement import Line, monthly
from ..report.hours_pdf import HoursFacts, compose_hours
from ..report.hours_xlsx import HoursBook, render_hours
from .res_partner_watch import READERS

MAX_MONTHS = 60


class ResPartner(models.Model):
    """A client's statement of hours: opening, movements and closing by month. Two queries for however many clients.

    It goes to the client: of an entry it names the kind, the block, the invoice and what was worked on, never the
    reason that somebody in the office typed.
    """

    _inherit = "res.partner"

    def action_retainer_statement(self):
        """Ask for the period, then download the statement of hours."""
        self._check_hours_rights()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Statement of hours"),
            "res_model": "msp.retainer.statement",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_partner_ids": self.commercial_partner_id.ids},
        }

    def _check_hours_rights(self):
        """:raises AccessError: for who may not read these clients, or no blocks"""
        self.check_access("read")
        if not self.env.su and not self.env.user.has_groups(READERS):
            raise AccessError(self.env._("Statements of hours are the business of people in finance and sales."))

    # ------------------------------------------------------------------ figures

    def _hours_months(self, company, date_from, date_to):
        """The months of each client's statement.

        :return: dict of tuples of ``Month`` by commercial partner id, of clients who ever had hours
        :raises UserError: when the days are no period
        """
        if not date_from or not date_to or date_to < date_from:
            raise UserError(self.env._("The period ends before it begins."))
        if date_to > date_from + relativedelta(months=MAX_MONTHS):
            raise UserError(self.env._("A statement covers at most %s months.", MAX_MONTHS))
        self.env.flush_all()
        clients = self.commercial_partner_id.ids
        opening = dict(self.env.execute_query(_opening_query(clients, company.id, date_from)))
        lines = {}
        for client, *row in self.env.execute_query(_lines_query(clients, company.id, date_from, date_to)):
            booked, day, kind, minutes, block, text, number = row
            words = number if kind in ("purchase", "refund") else text if kind in ("draw", "reversal") else ""
            lines.setdefault(client, []).append(Line(booked, day, kind, minutes, block or "", words or ""))
        return {
            client: monthly(opening.get(client, 0), lines.get(client, ()), date_from, date_to)
            for client in opening.keys() | lines.keys()
        }

    def _hours_period(self, company, date_from=None, date_to=None):
        """Days of a statement: up to today, from the first day of the month two months before unless said otherwise."""
        today = company._retainer_today()
        last = min(date_to or today, today)
        return date_from or min(today + relativedelta(months=-2, day=1), last), last

    def _hours_pdf(self, company, date_from, date_to):
        """Statements of these clients as one PDF.

        :raises UserError: where none of them ever had prepaid hours
        """
        months = self._hours_months(company, date_from, date_to)
        letters = [
            compose_hours(client._hours_facts(company, date_from, date_to, months[client.id]))
            for client in self.commercial_partner_id
            if client.id in months
        ]
        if not letters:
            raise UserError(self.env._("No prepaid hours were ever sold to this client."))
        return render_letter(letters, (file_path("web/static/fonts/google"),))

    def _hours_facts(self, company, date_from, date_to, months):
        self.ensure_one()
        lang = self.lang or company.partner_id.lang or self.env.lang or "en_US"
        translated = self.with_context(lang=lang)
        return HoursFacts(
            page=company._statement_page(lang),
            client=translated._letter_address(),
            number=self.ref or "",
            lang=lang,
            date_from=date_from,
            date_to=date_to,
            months=months,
            labels=_labels(translated.env._),
            kinds=translated._hours_kinds(),
            notes=(translated.env._("Movements stand in the month in which they were booked."),),
        )

    def _hours_xlsx(self, company, date_from, date_to):
        """The same as an Excel workbook."""
        months = self._hours_months(company, date_from, date_to)
        clients = self.commercial_partner_id.filtered(lambda client: client.id in months)
        if not clients:
            raise UserError(self.env._("No prepaid hours were ever sold to this client."))
        return render_hours(
            HoursBook(
                title=self.env._("Statement of prepaid hours"),
                company=company.name,
                months=[(client.name or "", months[client.id]) for client in clients],
                labels=_labels(self.env._),
                kinds=self._hours_kinds(),
            )
        )

    def _hours_kinds(self):
        _ = self.env._
        return {
            "purchase": _("Bought"),
            "draw": _("Used"),
            "reversal": _("Use reversed"),
            "expiry": _("Expired"),
            "adjustment": _("Adjusted"),
            "refund": _("Given back"),
        }

    # ------------------------------------------------------------------- portal

    def _portal_hours(self, company, offset=0, limit=80):
        """What the client sees of its own hours. Plain values: what is not named here cannot be shown.

        :return: dict ``available, expiring, lapses, run_out, count, rows``; the newest movement first
        """
        self.ensure_one()
        client = self.commercial_partner_id.with_company(company)
        summary = client.retainer_summary or {"available": 0, "lapses": [], "pending": 0, "run_out": False}
        kinds = self._hours_kinds()
        found = self.env.execute_query(_portal_query(client.id, company.id, offset, limit))
        return {
            "client": client.name,
            "company": company.name,
            "available": summary["available"] / 60,
            "pending": summary["pending"] / 60,
            "run_out": fields.Date.to_date(summary["run_out"] or None),
            "lapses": [(fields.Date.to_date(row["date"]), row["minutes"] / 60) for row in summary["lapses"]],
            "rows": [
                {
                    "booked": booked,
                    "day": day,
                    "kind": kind,
                    "label": kinds[kind],
                    "block": block or "",
                    "text": (number if kind in ("purchase", "refund") else text if kind in ("draw", "reversal") else "")
                    or "",
                    "hours": minutes / 60,
                    "balance": balance / 60,
                }
                for booked, day, kind, minutes, balance, block, text, number in found
            ],
        }

    def _portal_hours_count(self, company):
        """How many movements the client has."""
        return self.env["msp.retainer.entry"].search_count(
            [
                ("retainer_id.partner_id", "child_of", self.commercial_partner_id.id),
                ("retainer_id.company_id", "=", company.id),
                ("minutes", "!=", 0),
            ]
        )


def _opening_query(clients, company, date_from):
    return SQL(
        """
        SELECT client.commercial_partner_id, SUM(entry.minutes)::int
          FROM msp_retainer_entry entry
          JOIN msp_retainer block ON block.id = entry.retainer_id
          JOIN res_partner client ON client.id = block.partner_id
         WHERE client.commercial_partner_id = ANY(%s) AND block.company_id = %s AND entry.date_booked < %s
      GROUP BY 1
        """,
        clients,
        company,
        date_from,
    )


def _lines_query(clients, company, date_from, date_to):
    return SQL(
        """
        SELECT client.commercial_partner_id, entry.date_booked, entry.date, entry.kind, entry.minutes, block.name,
               entry.description, move.name
          FROM msp_retainer_entry entry
          JOIN msp_retainer block ON block.id = entry.retainer_id
          JOIN res_partner client ON client.id = block.partner_id
     LEFT JOIN account_move_line line ON line.id = entry.source_line_id
     LEFT JOIN account_move move ON move.id = line.move_id
         WHERE client.commercial_partner_id = ANY(%s) AND block.company_id = %s AND entry.minutes <> 0
           AND entry.date_booked BETWEEN %s AND %s
      ORDER BY entry.date_booked, entry.id
        """,
        clients,
        company,
        date_from,
        date_to,
    )


def _portal_query(client, company, offset, limit):
    """The newest movements with the client's balance after each."""
    return SQL(
        """
        SELECT date_booked, date, kind, minutes, balance, block, description, number FROM (
            SELECT entry.id, entry.date_booked, entry.date, entry.kind, entry.minutes, block.name AS block,
                   entry.description, move.name AS number,
                   SUM(entry.minutes) OVER (ORDER BY entry.date_booked, entry.id)::int AS balance
              FROM msp_retainer_entry entry
              JOIN msp_retainer block ON block.id = entry.retainer_id
              JOIN res_partner client ON client.id = block.partner_id
         LEFT JOIN account_move_line line ON line.id = entry.source_line_id
         LEFT JOIN account_move move ON move.id = line.move_id
             WHERE client.commercial_partner_id = %s AND block.company_id = %s AND entry.minutes <> 0
        ) movements ORDER BY date_booked DESC, id DESC LIMIT %s OFFSET %s
        """,
        client,
        company,
        limit,
        offset,
    )


def _labels(_):
    """The statement's terms, by their English key."""
    return {
        "Statement of prepaid hours": _("Statement of prepaid hours"),
        "From": _("From"),
        "To": _("To"),
        "Customer number": _("Customer number"),
        "Hours left": _("Hours left"),
        "Booked": _("Booked"),
        "Day": _("Day"),
        "Movement": _("Movement"),
        "Block": _("Block"),
        "Hours": _("Hours"),
        "Balance": _("Balance"),
        "Opening balance": _("Opening balance"),
        "Closing balance": _("Closing balance"),
        "Bought": _("Bought"),
        "Used": _("Used"),
        "Expired": _("Expired"),
        "Given back": _("Given back"),
        "Adjusted": _("Adjusted"),
        "Client": _("Client"),
        "Month": _("Month"),
        "Months": _("Months"),
        "Movements": _("Movements"),
        "Text": _("Text"),
        "Page %(page)s of %(pages)s": _("Page %(page)s of %(pages)s"),
    }
