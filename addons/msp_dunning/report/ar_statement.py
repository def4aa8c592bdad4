from odoo import api, models
from odoo.tools import format_date, formatLang
from odoo.tools.misc import file_path

from .statement_pdf import Statement, render_statement

BUCKET_COLUMNS = (
    "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90", "disputed", "unapplied", "amount",
)  # fmt: skip


class MspArAging(models.Model):
    """Statements to clients and the aging as PDF, from the very rows of the list."""

    _inherit = "msp.ar.aging"

    @api.model
    @api.private
    def statement_pdf(self, partner, company):
        """A client's open items on the context's day, each currency with a total of its own.

        :return: PDF bytes
        """
        rows = self.search([("partner_id", "=", partner.id), ("company_id", "=", company.id)], order="date_due, id")
        day = self._as_of()
        lang = self.with_context(lang=partner.lang or self.env.lang)
        facts = Statement(
            title=lang.env._("Statement of account"),
            subtitle=lang.env._("Open items on %s", format_date(lang.env, day)),
            sender=_address(company.partner_id),
            recipient=_address(partner),
            head=(
                lang.env._("Document"),
                lang.env._("Date"),
                lang.env._("Due"),
                lang.env._("Days late"),
                lang.env._("Open"),
            ),
            rows=tuple(
                (
                    row.move_id.name or "",
                    format_date(lang.env, row.invoice_date or row.date),
                    format_date(lang.env, row.date_due) if row.kind == "instalment" else "",
                    str(max(0, row.days_overdue)) if row.kind == "instalment" else "",
                    formatLang(lang.env, row.amount_currency, currency_obj=row.currency_id),
                )
                for row in rows
            ),
            totals=tuple(
                (
                    lang.env._("Total"),
                    "",
                    "",
                    currency.name,
                    formatLang(lang.env, sum(found.mapped("amount_currency")), currency_obj=currency),
                )
                for currency, found in rows.grouped("currency_id").items()
            ),
            widths=(0.34, 0.16, 0.16, 0.12, 0.22),
        )
        return render_statement(facts, file_path("web/static/fonts/google"))

    @api.model
    @api.private
    def aging_pdf(self, company):
        """The aging of a company on the context's day, by client, in the company's currency.

        :return: PDF bytes
        """
        groups = self._read_group(
            [("company_id", "=", company.id)],
            ["partner_id"],
            [f"{name}:sum" for name in BUCKET_COLUMNS],
            order="amount:sum DESC",
        )

        def money(amount):
            return formatLang(self.env, amount, digits=company.currency_id.decimal_places)

        titles = [self._fields[name]._description_string(self.env) for name in BUCKET_COLUMNS]
        facts = Statement(
            title=self.env._("Aging of receivables"),
            subtitle=self.env._(
                "%(company)s, %(day)s, amounts in %(currency)s at the booked rate",
                company=company.name,
                day=format_date(self.env, self._as_of()),
                currency=company.currency_id.name,
            ),
            sender=(),
            recipient=(),
            head=(self.env._("Client"), *titles),
            rows=tuple((partner.display_name or "", *map(money, sums)) for partner, *sums in groups),
            totals=(
                (self.env._("Total"), *(money(sum(group[position] for group in groups)) for position in range(1, 9))),
            ),
            widths=(0.24, *(0.095,) * 8),
            text_columns=1,
        )
        return render_statement(facts, file_path("web/static/fonts/google"))


def _address(partner):
    """Name and address, a line each."""
    return (partner.name or "", *(line for line in partner._display_address(True).split("\n") if line.strip()))
