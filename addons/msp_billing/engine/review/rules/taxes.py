"""Taxes against what product, company and fiscal position give."""

from __future__ import annotations

from ..findings import WARNING
from ..registry import LineRule, register


@register
class MissingTax(LineRule):
    """No tax on a line that should have one."""

    code = "missing_tax"
    severity, points = WARNING, 60
    applies_to_refunds = True

    def check_line(self, line, invoice, policy):
        if line.taxes or not line.expected_taxes or not line.subtotal:
            return None
        return self.line_hit(
            line, amount=line.subtotal, data={"subtotal": line.subtotal, "expected": line.tax_names[1]}
        )


@register
class WrongTax(LineRule):
    """Another tax than the fiscal position gives."""

    code = "wrong_tax"
    severity, points = WARNING, 60
    applies_to_refunds = True

    def check_line(self, line, invoice, policy):
        if not line.taxes or line.expected_taxes is None or line.taxes == line.expected_taxes:
            return None
        if not line.product_id:
            return None
        found, expected = line.tax_names
        return self.line_hit(
            line,
            amount=line.subtotal,
            fingerprint=f"{sorted(line.taxes)}",
            data={"found": found, "expected": expected},
        )
