from odoo import fields, models

from ..engine.money import to_decimal
from ..report.price_change_xlsx import ChangeFacts, ClientRow, PriceRow, render_change
from ..report.run_xlsx import Currency


def _decimal(value):
    """As typed, without the tail of binary floats."""
    return to_decimal(round(value or 0.0, 6))


class MspPriceChange(models.Model):
    """The change as a workbook: its lines and the totals by client."""

    _name = "msp.price.change"
    _inherit = ["msp.price.change", "msp.workbook"]
    _workbook_address = "price-change"

    def _workbook_bytes(self):
        return render_change(self._xlsx_facts())

    def _xlsx_facts(self):
        lines = self.env["msp.price.change.line"].search([("change_id", "=", self.id)])
        clients = self.env["msp.price.change.client"].search([("change_id", "=", self.id)])
        kinds = dict(lines._fields["kind"]._description_selection(self.env))
        outcomes = dict(lines._fields["outcome"]._description_selection(self.env))
        states = dict(self._fields["state"]._description_selection(self.env))
        return ChangeFacts(
            title=self.env._("Price change %s", self.name),
            company=self.company_id.name,
            as_of=fields.Datetime.context_timestamp(self, fields.Datetime.now()).replace(tzinfo=None, microsecond=0),
            about=(
                (self.env._("State"), states[self.state]),
                (self.env._("Rule"), self.rule_text),
                (self.env._("Effective from"), self._format_day(self.effective_date)),
                (self.env._("Exported by"), self.env.user.name),
            ),
            lines=tuple(self._xlsx_line(line, kinds, outcomes) for line in lines),
            clients=tuple(self._xlsx_client(client) for client in clients),
            labels=self._xlsx_labels(),
        )

    @staticmethod
    def _xlsx_currency(record):
        return Currency(record.currency_id.name, record.currency_id.decimal_places)

    def _xlsx_line(self, line, kinds, outcomes):
        return PriceRow(
            client=line.partner_id.name or "",
            subscription=line.subscription_id.name or "",
            product=line.product_id.display_name or line.product_tmpl_id.display_name or "",
            description=line.description or "",
            kind=kinds[line.kind],
            currency=self._xlsx_currency(line),
            quantity=_decimal(line.quantity),
            old=_decimal(line.old_price),
            new=_decimal(line.new_price),
            percent=_decimal(line.change_percent),
            first_day=line.effective_date or None,
            included=self.env._("Yes") if line.included else self.env._("No"),
            reason=line.reason or "",
            before=_decimal(line.monthly_old),
            after=_decimal(line.monthly_new),
            impact=_decimal(line.monthly_impact),
            cost=_decimal(line.cost_monthly) if line.cost_known else None,
            outcome=outcomes[line.outcome] if line.included else "",
        )

    def _xlsx_client(self, row):
        return ClientRow(
            client=row.partner_id.name or self.env._("Catalogue"),
            currency=self._xlsx_currency(row),
            prices=row.line_count,
            included=row.included_count,
            before=_decimal(row.monthly_old),
            after=_decimal(row.monthly_new),
            impact=_decimal(row.monthly_impact),
            margin_before=_decimal(100 * row.margin_old) if row.line_count > row.uncosted_count else None,
            margin_after=_decimal(100 * row.margin_new) if row.line_count > row.uncosted_count else None,
            first_day=row.first_date or None,
        )

    def _xlsx_labels(self):
        """The workbook's own terms, by their English key."""
        _ = self.env._
        return {
            "Summary": _("Summary"), "Clients": _("Clients"), "Lines": _("Lines"), "Company": _("Company"),
            "As of": _("As of"), "Totals by currency": _("Totals by currency"), "Total": _("Total"),
            "Client": _("Client"), "Subscription": _("Subscription"), "Product": _("Product"),
            "Description": _("Description"), "Kind": _("Kind"), "Currency": _("Currency"), "Quantity": _("Quantity"),
            "Old price": _("Old price"), "New price": _("New price"), "Change %": _("Change %"), "From": _("From"),
            "Included": _("Included"), "Why": _("Why"), "MRR before": _("MRR before"), "MRR after": _("MRR after"),
            "Change of MRR": _("Change of MRR"), "Cost by month": _("Cost by month"), "Outcome": _("Outcome"),
            "Prices": _("Prices"), "That change": _("That change"), "Margin before": _("Margin before"),
            "Margin after": _("Margin after"), "First new price": _("First new price"), "Rows shown": _("Rows shown"),
        }  # fmt: skip
