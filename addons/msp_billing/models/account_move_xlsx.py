from odoo import fields, models

from ..engine.money import to_decimal
from ..report.run_xlsx import Currency, Finding, Invoice, Line, RunFacts

MOVE_FIELDS = (
    "name",
    "state",
    "move_type",
    "invoice_date",
    "commercial_partner_id",
    "currency_id",
    "company_id",
    "amount_untaxed_in_currency_signed",
    "amount_total_in_currency_signed",
    "previous_move_id",
    "amount_previous",
    "anomaly_score",
    "preflight_band",
    "preflight_checked_at",
    "review_state",
)
LINE_FIELDS = (
    "move_id",
    "product_id",
    "name",
    "quantity",
    "price_unit",
    "discount",
    "price_subtotal",
    "price_explanation",
)


def _decimal(value):
    """As typed, without the tail of binary floats."""
    return to_decimal(round(value or 0.0, 6))


class AccountMove(models.Model):
    """Documents as facts of a workbook."""

    _inherit = "account.move"

    def action_preflight_export_xlsx(self):
        """Download these documents, their lines and findings as an Excel workbook."""
        self.check_access("read")
        # An address cannot carry thousands of ids; the selection waits here until it is fetched.
        export = self.env["msp.billing.export"].create({"move_ids": [fields.Command.set(self.ids)]})
        return {"type": "ir.actions.act_url", "url": f"/msp_billing/export/{export.id}/xlsx", "target": "download"}

    def _xlsx_facts(self, title, filter, company, run_date=None):
        """Facts of the workbook, in a number of queries that does not grow with the documents.

        :param filter: in words, what these documents have in common
        :return: ``RunFacts``
        """
        selections = self._xlsx_selections()
        findings = self._xlsx_findings()
        moves = self.sorted(lambda move: ((move.commercial_partner_id.name or "").casefold(), move.name or "", move.id))
        return RunFacts(
            title=title,
            company=", ".join(company.mapped("name")),
            as_of=fields.Datetime.context_timestamp(self, fields.Datetime.now()).replace(tzinfo=None, microsecond=0),
            time_zone=self.env.context.get("tz") or self.env.user.tz or "UTC",
            filter=filter,
            user=self.env.user.name,
            run_date=run_date or None,
            invoices=tuple(move._xlsx_invoice(selections, findings.get(move.id, ())) for move in moves),
            lines=tuple(moves._xlsx_lines()),
            findings=tuple(
                move._xlsx_finding(finding, selections) for move in moves for finding in findings.get(move.id, ())
            ),
            reviews=tuple(selections["review_state"].values()),
            states=tuple(label for state, label in selections["state"].items() if state != "cancel"),
            severities=tuple(selections["severity"].values()),
            labels=self._xlsx_labels(),
        )

    def _xlsx_selections(self):
        """The words of the selection fields, in the reader's language."""
        finding = self.env["msp.preflight.finding"]
        return {
            "review_state": dict(self._fields["review_state"]._description_selection(self.env)),
            "state": dict(self._fields["state"]._description_selection(self.env)),
            "preflight_band": dict(self._fields["preflight_band"]._description_selection(self.env)),
            "severity": dict(finding._fields["severity"]._description_selection(self.env)),
            "finding_state": dict(finding._fields["state"]._description_selection(self.env)),
        }

    def _xlsx_invoice(self, selections, findings):
        checked = bool(self.preflight_checked_at)
        untaxed = _decimal(self.amount_untaxed_in_currency_signed)
        total = _decimal(self.amount_total_in_currency_signed)
        return Invoice(
            client=self.commercial_partner_id.name or "",
            number=self._xlsx_number(),
            currency=self._xlsx_currency(),
            date=self.invoice_date or None,
            untaxed=untaxed,
            tax=total - untaxed,
            total=total,
            previous=_decimal(self.amount_previous) if self.previous_move_id else None,
            score=self.anomaly_score if checked else None,
            band=selections["preflight_band"].get(self.preflight_band, ""),
            review=selections["review_state"].get(self.review_state, ""),
            state=selections["state"].get(self.state, ""),
            findings=sum(finding.state == "open" for finding in findings),
        )

    def _xlsx_number(self):
        """A draft has no number yet; its id tells drafts of one client apart."""
        return self.name if self.name and self.name != "/" else self.env._("Draft %s", self.id)

    def _xlsx_currency(self):
        return Currency(self.currency_id.name, self.currency_id.decimal_places)

    def _xlsx_lines(self):
        """The documents' lines in their order, each with the service period that the ledger has for it."""
        lines = self.env["account.move.line"].search_fetch(
            [("move_id", "in", self.ids), ("display_type", "=", "product")], LINE_FIELDS, order="sequence, id"
        )
        periods = self._xlsx_periods(lines)
        by_move = lines.grouped("move_id")
        for move in self:
            # A credit note's line gives back: its price and amount are negative, as on the run's totals.
            sign = -1 if move.move_type == "out_refund" else 1
            for line in by_move.get(move, ()):
                start, end = periods.get(line.id, (None, None))
                yield Line(
                    client=move.commercial_partner_id.name or "",
                    number=move._xlsx_number(),
                    currency=move._xlsx_currency(),
                    product=line.product_id.display_name or "",
                    description=line.name or "",
                    quantity=_decimal(line.quantity),
                    price=sign * _decimal(line.price_unit),
                    discount=_decimal(line.discount),
                    amount=sign * _decimal(line.price_subtotal),
                    period_start=start,
                    period_end=end,
                    explanation=line.price_explanation or "",
                )

    def _xlsx_periods(self, lines):
        """First and last covered day by line id."""
        groups = self.env["msp.billing.charge"]._read_group(
            [("invoice_line_id", "in", lines.ids), ("state", "=", "billed")],
            ["invoice_line_id"],
            ["period_start:min", "period_end:max"],
        )
        return {line.id: (start, fields.Date.subtract(end, days=1)) for line, start, end in groups}

    def _xlsx_findings(self):
        """The findings that are not resolved, worst first, by id of the document."""
        findings = self.env["msp.preflight.finding"].search([("move_id", "in", self.ids), ("state", "!=", "resolved")])
        return {move.id: mine for move, mine in findings.grouped("move_id").items()}

    def _xlsx_finding(self, finding, selections):
        return Finding(
            client=self.commercial_partner_id.name or "",
            number=self._xlsx_number(),
            currency=Currency(finding.currency_id.name, finding.currency_id.decimal_places),
            severity=selections["severity"].get(finding.severity, ""),
            title=finding.title or "",
            message=finding.message or "",
            amount=_decimal(finding.amount),
            points=finding.points,
            state=selections["finding_state"].get(finding.state, ""),
            until=finding.acknowledged_until or None,
            reason=finding.reason or "",
        )

    def _xlsx_labels(self):
        """The workbook's own terms, by their English key."""
        _ = self.env._
        return {
            "Summary": _("Summary"),
            "Invoices": _("Invoices"),
            "Lines": _("Lines"),
            "Findings": _("Findings"),
            "Company": _("Company"),
            "Filter": _("Filter"),
            "Exported by": _("Exported by"),
            "Billed up to": _("Billed up to"),
            "As of": _("As of"),
            "Totals by currency": _("Totals by currency"),
            "Count": _("Count"),
            "Documents": _("Documents"),
            "Client": _("Client"),
            "Number": _("Number"),
            "Date": _("Date"),
            "Currency": _("Currency"),
            "Before tax": _("Before tax"),
            "Lines before tax": _("Lines before tax"),
            "Tax": _("Tax"),
            "Total": _("Total"),
            "Last total": _("Last total"),
            "Change": _("Change"),
            "Change %": _("Change %"),
            "Score": _("Score"),
            "Band": _("Band"),
            "Review": _("Review"),
            "State": _("State"),
            "Product": _("Product"),
            "Description": _("Description"),
            "Period from": _("Period from"),
            "Period to": _("Period to"),
            "Quantity": _("Quantity"),
            "Unit price": _("Unit price"),
            "Discount": _("Discount"),
            "Amount before tax": _("Amount before tax"),
            "Why this amount": _("Why this amount"),
            "Severity": _("Severity"),
            "Finding": _("Finding"),
            "What was found": _("What was found"),
            "Points": _("Points"),
            "At stake": _("At stake"),
            "Expected until": _("Expected until"),
            "Reason": _("Reason"),
            "Rows shown": _("Rows shown"),
        }
