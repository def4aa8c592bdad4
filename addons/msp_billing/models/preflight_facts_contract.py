"""What the ledger and the contract say about the lines of a draft."""

from ..engine.intervals import subtract
from ..engine.money import to_decimal
from ..engine.proration import full_amount, piece_amount
from ..engine.review.facts import ChargeView
from ..engine.schedule import Schedule


class ContractFacts:
    """Part of ``PreflightFacts``: the charge behind an invoice line and its contract's life."""

    def _charge(self, row, line, charge, money, billed_lines):
        partial = False
        expected_quantity, expected_price = charge["quantity"], charge["price_unit"]
        start, end = charge["period_start"], charge["period_end"]
        recurring = charge["kind"] == "recurring" and not charge["is_one_off"]
        if recurring:
            period = schedule_of(charge).period_at(start)
            if (period.start, period.end) != (start, end):
                partial, expected_quantity = True, 1.0
                expected_price = self._piece_price(charge, period, money)
        elif charge["kind"] == "adjustment":
            expected_quantity, expected_price, partial = 1.0, charge["amount"], True
        values = self._life(charge, billed_lines) if recurring else {}
        return ChargeView(
            subject=charge["family"],
            line_id=charge["line_id"],
            subscription_id=charge["subscription_id"],
            kind=charge["kind"],
            period_start=start,
            period_end=end,
            quantity=charge["quantity"],
            price_unit=charge["price_unit"],
            discount=charge["discount"] or 0.0,
            amount=charge["amount"],
            expected_quantity=expected_quantity,
            expected_price=expected_price,
            partial=partial,
            catalogue=charge["price_mode"] == "catalog",
            change_known=charge["change_known"],
            price_since=charge["price_since"],
            locked_until=charge["price_locked_until"],
            note=charge["standing_note"] or "",
            **values,
        )

    def _piece_price(self, charge, period, money):
        quantum = to_decimal(money.rounding)
        full = full_amount(
            to_decimal(charge["quantity"]),
            to_decimal(charge["price_unit"]),
            to_decimal(charge["discount"] or 0.0),
            quantum,
        )
        days = (charge["period_end"] - charge["period_start"]).days
        return float(piece_amount(full, days, period.days, quantum))

    def _life(self, charge, billed_lines):
        """What happened to the contract around the billed period."""
        start, end = charge["period_start"], charge["period_end"]
        later = [
            x
            for x in self.successors.get(charge["family"], ())
            if x["id"] != charge["line_id"] and x["id"] not in billed_lines and x["date_start"]
        ]
        counted = next(
            (
                x
                for x in reversed(later)
                if x["date_start"] < end and (not x["date_end"] or x["date_end"] >= max(start, x["date_start"]))
            ),
            None,
        )
        replaced = counted or any(x["replaces_id"] == charge["line_id"] for x in self.successors[charge["family"]])
        ends = [day for day in (charge["agreement_end"], None if replaced else charge["date_end"]) if day]
        paused = [
            max(since, start)
            for since, until in self.pauses[charge["subscription_id"]]
            if since < end and until > start
        ]
        values = {"line_end": min(ends, default=None), "paused_from": min(paused, default=None)}
        covered = self.covered.get((charge["family"], start))
        if covered and covered < start:
            holes = subtract([(covered, start)], self.pauses[charge["subscription_id"]])
            values["gap_start"] = holes[0][0] if holes else None
        if counted:
            since = max(start, counted["date_start"])
            values |= {
                "counted": counted["quantity"],
                "counted_on": counted["date_start"],
                "counted_share": (end - since).days / (end - start).days,
            }
            if counted["price_mode"] == "contract":
                values["counted_price"] = counted["price_unit"] * (1 - (counted["discount"] or 0.0) / 100)
        return values


def schedule_of(charge):
    """The calendar of a charge's agreement."""
    return Schedule(
        date_start=charge["grid_start"],
        interval_count=charge["interval_count"],
        interval_unit=charge["interval_unit"],
        anchor_day=charge["anchor_day"],
        timing=charge["timing"],
        date_end=charge["agreement_end"],
    )
