"""Look-ups that many lines share, and how lines are named and told apart."""

import re

from ..engine.review.facts import Money

# Long enough for what typed lines say of days: "Endpoint detection and response: 2 added on 13 Jul 2026, prorated".
LABEL_LENGTH = 90
CODE = re.compile(r"^\[[^\]]*\]\s+")


class LookupFacts:
    """Part of ``PreflightFacts``: currencies, taxes, costs and locks, each worked out once a batch."""

    def _currency(self, currency_id):
        if currency_id not in self._money:
            currency = self.env["res.currency"].browse(currency_id)
            self._money[currency_id] = Money(currency.id, currency.name, currency.rounding)
        return self._money[currency_id]

    def _expected_taxes(self, row, line):
        """What Odoo would propose on the line, and the names of found and expected taxes for messages."""
        key = (line["product_id"], line["account_id"], row["fiscal_position_id"])
        if key not in self._taxes:
            taxes = self.products.browse(line["product_id"]).taxes_id._filter_taxes_by_company(self.company)
            if not taxes:
                account_taxes = self.env["account.account"].browse(line["account_id"]).tax_ids
                taxes = account_taxes.filtered(lambda tax: tax.type_tax_use == "sale")
                taxes = taxes._filter_taxes_by_company(self.company)
            position = self.env["account.fiscal.position"].browse(row["fiscal_position_id"])
            if position:
                taxes = position.map_tax(taxes)
            self._taxes[key] = (frozenset(taxes.ids), ", ".join(taxes.mapped("name")))
        expected, names = self._taxes[key]
        found = frozenset(line["taxes"] or ())
        if found == expected:
            return expected, ("", "")
        return expected, (", ".join(self.env["account.tax"].browse(sorted(found)).mapped("name")), names)

    def _cost(self, row, line):
        """Cost of a unit in the invoice's currency; None where the units differ or nobody entered one."""
        if not line["product_id"]:
            return None
        key = (line["product_id"], row["currency_id"], row["day"])
        if key not in self._costs:
            product = self.products.browse(line["product_id"])
            cost = product.standard_price
            if cost and row["currency_id"] != self.company.currency_id.id:
                currency = self.env["res.currency"].browse(row["currency_id"])
                cost = self.company.currency_id._convert(cost, currency, self.company, row["day"], round=False)
            self._costs[key] = cost, product.product_tmpl_id.uom_id.id
        cost, uom_id = self._costs[key]
        return cost if cost and line["product_uom_id"] in (None, uom_id) else None

    def _lock(self, row, has_tax):
        """The lock date that moves the accounting date, or None."""
        key = (row["journal_id"], row["day"], has_tax)
        if key not in self._locks:
            journal = self.env["account.journal"].browse(row["journal_id"])
            locks = self.company._get_violated_lock_dates(row["day"], has_tax, journal)
            self._locks[key] = locks[-1][0] if locks else None
        return self._locks[key]

    @staticmethod
    def _booked_and_table(row, rate):
        if not rate or not rate["day"] or not rate["rate"] or not row["invoice_currency_rate"]:
            return None
        return row["invoice_currency_rate"], rate["rate"] / (rate["own_rate"] or 1.0)


def label_of(name):
    """The first line of a description without the product's code in brackets."""
    return CODE.sub("", (name or "").split("\n")[0].strip())[:LABEL_LENGTH]


def subject_of(line, charge):
    """What a line is about: its contract's chain, else its product, else its text."""
    if charge:
        return f"s{charge['family']}"
    return f"p{line['product_id']}" if line["product_id"] else f"l{label_of(line['name'])}"


def signature_of(line):
    """What two lines have in common when they bill the same."""
    return (line["product_id"] or label_of(line["name"]), round(line["quantity"], 6), round(line["price_subtotal"], 2))
