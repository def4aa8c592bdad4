from decimal import Decimal

from odoo import api, models
from odoo.addons.msp_billing.report.statement_pdf import Column, Letter, Row, Section, render_letter
from odoo.tools import SQL, format_date, formatLang
from odoo.tools.misc import file_path

from ..engine.promises import share_dispute

BUCKET_COLUMNS = (
    "not_due", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90", "disputed", "unapplied", "amount",
)  # fmt: skip


class MspReceivable(models.AbstractModel):
    """Statements of account say what the client contests."""

    _inherit = "msp.receivable"

    @api.model
    def _disputed(self, lines, day, company):
        found = super()._disputed(lines, day, company)
        moves = list({move for _line, move, _open in lines})
        if not moves:
            return found
        wanted = {
            move: Decimal(str(amount))
            for move, amount in self.env.execute_query(
                SQL(
                    """
                    SELECT move_id, SUM(amount) FROM msp_dunning_dispute
                     WHERE move_id = ANY(%(moves)s) AND date_open <= %(day)s
                       AND (date_resolved IS NULL OR date_resolved > %(day)s)
                  GROUP BY move_id
                    """,
                    moves=moves,
                    day=day,
                )
            )
        }
        for move, amount in wanted.items():
            own = [(line, left) for line, of, left in lines if of == move]
            shares = share_dispute(amount, [left for _line, left in own])
            found.update({line: share for (line, _left), share in zip(own, shares, strict=True) if share})
        return found


class MspArAging(models.Model):
    """The aging as PDF, from the very rows of the list."""

    _inherit = "msp.ar.aging"

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
            return formatLang(self.env, amount, digits=company.currency_id.decimal_places) if amount else ""

        rows = [Row((partner.display_name or "", *map(money, sums))) for partner, *sums in groups]
        totals = (sum(group[position] for group in groups) for position in range(1, 1 + len(BUCKET_COLUMNS)))
        rows.append(Row((self.env._("Total"), *map(money, totals)), "sum"))
        titles = [self._fields[name]._description_string(self.env) for name in BUCKET_COLUMNS]
        columns = (
            Column(self.env._("Client"), is_wide=True),
            *(Column(str(title), "right") for title in titles),
        )
        letter = Letter(
            title=self.env._("Aging of receivables"),
            company=company.sudo()._letterhead(),
            details=(
                (self.env._("As of"), format_date(self.env, self._as_of())),
                (self.env._("Currency"), self.env._("%s at the booked rate", company.currency_id.name)),
            ),
            sections=(Section("", columns, tuple(rows)),),
            lang=self.env.lang or "en_US",
            paper=company.paperformat_id.format or "A4",
        )
        return render_letter([letter], (file_path("web/static/fonts/google"),))
