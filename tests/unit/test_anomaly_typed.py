"""What the anomaly score makes of invoices typed by hand, with hand-worked figures: parts, renamed and doubled lines, gone ones."""

import doctest
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from harness.anomaly import BACKUP, DAY, EDR, draft, found, months, past
from odoo.addons.msp_analytics.engine.anomaly.calibration import PARENT_WEIGHT, Calibration, chances_of
from odoo.addons.msp_analytics.engine.anomaly.completeness import missing_invoice
from odoo.addons.msp_analytics.engine.anomaly.evidence import evidence_of
from odoo.addons.msp_analytics.engine.anomaly.facts import AgreementLine, ClientHistory, PastInvoice, Peers
from odoo.addons.msp_analytics.engine.anomaly.keys import ambiguous_products, month_named, names_part
from odoo.addons.msp_analytics.engine.anomaly.view import view_of

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools" / "bench" / "evaluation"))
import anomaly_fit

SWITCH = 8
EXEMPT = frozenset({9})
PEERS = {EDR: Peers(40, 6.5, 0.0), BACKUP: Peers(40, 40.0, 0.0)}


def agreed(product, quantity, price, start=date(2025, 1, 1), end=None, **values):
    return AgreementLine(product, f"Product {product}", quantity, price, start, end, **values)


def words(facts, code):
    return found(facts)[code].data["evidence"].split("|")


@pytest.mark.parametrize(
    "label", ["Seat, 6 days of last month", "Seat (12 of 31 days)", "Seat pro rata", "Seat prorated", "Seat, anteilig"]
)
def test_label_of_a_part(label):
    assert names_part(label)


@pytest.mark.parametrize(
    "label", ["Backup, 30 days retention", "Seat", "Spare part and freight", "Log, 90 days archive"]
)
def test_label_of_a_whole(label):
    assert not names_part(label)


def test_part_of_a_period_has_no_price_to_compare_and_leaves_the_whole_line_alone():
    part = past(EDR, 1, 1.3, label="Product 5, 6 days of last month")
    hits = found(draft(past(EDR, 12, 6.5), part, invoices=months(12, 12, 12), peers=PEERS))
    assert not {"peer_price", "history_price", "history_quantity", "repeated_line"} & set(hits)
    assert ambiguous_products([(past(EDR, 12, 6.5), part)]) == frozenset()


def test_price_of_the_contract_or_of_a_longer_period_is_no_price_unlike_others():
    alone = draft(past(EDR, 12, 19.5), peers=PEERS)
    assert "peer_price" in found(alone)
    confirmed = draft(past(EDR, 12, 19.5), peers=PEERS, agreements=(agreed(EDR, 12, 19.5),))
    assert "peer_price" not in found(confirmed)
    # A quarter's price near three of the others' months, though the agreement says 19.20
    quarter = draft(past(EDR, 12, 19.5), peers=PEERS, agreements=(agreed(EDR, 12, 19.2, months=3.0),))
    assert "peer_price" not in found(quarter)


def test_absence_accepted_several_times_is_the_new_normal():
    backup = past(BACKUP, 2, 40.0)
    invoices = months(*[12] * 6)
    first = replace(invoices[0], lines=(*invoices[0].lines, backup))
    terms = (agreed(EDR, 12, 6.5), agreed(BACKUP, 2, 40.0))
    gone = draft(past(EDR, 12, 6.5), invoices=(first, *invoices[1:]), agreements=terms)
    # Billed in April, on none of the five since
    assert words(gone, "agreement_line_missing")[0] == "gone1"
    just = draft(past(EDR, 12, 6.5), invoices=months(*[12] * 6, extra=[backup]), agreements=terms)
    assert words(just, "agreement_line_missing")[0] == "last"


def test_quarterly_line_is_missing_in_its_month_only():
    terms = (agreed(EDR, 12, 6.5), agreed(BACKUP, 2, 120.0, start=date(2026, 8, 1), months=3.0))
    quiet = draft(past(EDR, 12, 6.5), invoices=months(12, 12, 12), agreements=terms)
    assert "agreement_line_missing" not in found(quiet)
    due = (terms[0], replace(terms[1], start=date(2026, 7, 1)))
    assert "agreement_line_missing" in found(draft(past(EDR, 12, 6.5), invoices=months(12, 12, 12), agreements=due))


def test_monthly_line_left_out_beside_a_quarterly_one_is_missed():
    invoices = months(12, 12, 12, 12, 12, 12)
    quarter = past(BACKUP, 1, 120.0)
    invoices = tuple(
        replace(document, lines=(*document.lines, quarter)) if at in (0, 3) else document
        for at, document in enumerate(invoices)
    )
    assert found(draft(quarter, invoices=invoices))["history_line_missing"].subject == f"p{EDR}"


def test_renamed_line_is_neither_missing_nor_new():
    renamed = past(SWITCH, 12, 6.5)
    backup = past(BACKUP, 2, 40.0)
    invoices = months(12, 12, 12, extra=[backup])
    assert not {"history_line_missing", "history_line_new"} & set(found(draft(renamed, backup, invoices=invoices)))
    other = past(SWITCH, 1, 590.0)
    assert {"history_line_missing", "history_line_new"} <= set(found(draft(other, backup, invoices=invoices)))


def test_two_months_on_one_invoice_are_no_double_quantity():
    august = past(EDR, 12, 6.5, label="Product 5 - August 2026")
    facts = draft(august, past(EDR, 12, 6.5), invoices=months(12, 12, 12))
    hits = found(facts)
    assert not {"repeated_line", "history_quantity"} & set(hits)
    hit = hits["duplicate_line"]
    assert evidence_of(hit, f"p{EDR}", facts, view_of(facts)) == "months"
    twice = draft(past(EDR, 12, 6.5), past(EDR, 12, 6.5), invoices=months(12, 12, 12))
    assert evidence_of(found(twice)["duplicate_line"], f"p{EDR}", twice, view_of(twice)) == "same"
    assert (month_named("EDR - 1 Oct 2026"), month_named("EDR 2026-08"), month_named("EDR")) == ("10", "08", "")


def test_invoice_sent_late_is_not_the_same_period_again():
    invoices = months(12, 12, 12)
    late = (*invoices[:2], replace(invoices[2], date=date(2026, 9, 11)))
    assert "same_period" not in found(draft(past(EDR, 12, 6.5), invoices=late))
    # As many documents as periods, and one more
    twin = PastInvoice(80, "INV/80", date(2026, 9, 12), 78.0, (past(EDR, 12, 6.5),))
    assert "same_period" in found(draft(past(EDR, 12, 6.5), invoices=(*invoices, twin)))


def test_tax_of_a_first_line_against_the_one_that_all_lines_ever_had():
    switch = past(SWITCH, 1, 590.0, taxes=EXEMPT)
    assert words(draft(past(EDR, 12, 6.5), switch, invoices=months(12, 12, 12)), "history_tax")[2] == "first"
    usual = past(SWITCH, 1, 590.0)
    assert "history_tax" not in found(draft(past(EDR, 12, 6.5), usual, invoices=months(12, 12, 12)))
    # Two taxes are usual: nothing follows for a new line
    mixed = months(12, 12, 12, extra=[past(BACKUP, 2, 40.0, taxes=frozenset({2}))])
    assert "history_tax" not in found(draft(past(EDR, 12, 6.5), switch, invoices=mixed))


def test_quarterly_client_is_not_missed_after_a_sale_in_between():
    table = Calibration({"missing_invoice": 0.9})
    days = (date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1))
    bills = [PastInvoice(n, f"INV/{n}", day, 234.0, (past(EDR, 12, 19.5),)) for n, day in enumerate(days)]
    sale = PastInvoice(9, "INV/9", date(2026, 9, 1), 590.0, (past(SWITCH, 1, 590.0),))
    terms = (agreed(EDR, 12, 19.5, months=3.0),)
    assert missing_invoice(DAY, ClientHistory((), (*bills, sale), agreements=terms), table) is None
    november = missing_invoice(date(2026, 11, 1), ClientHistory((), (*bills, sale), agreements=terms), table)
    assert november.evidence.startswith("owed|due")


def test_no_generator_is_louder_than_the_others():
    assert not doctest.testmod(anomaly_fit).failed
    counts, caution = anomaly_fit.balanced({"a": [("x", "far", True)] * 800, "b": [("x", "far", False)] * 80})
    assert counts == {("x", "far"): [80.0, 160.0]} and not caution
    # 80 wrong of 80 with one generator alone: the prior weighs three times
    lonely = chances_of({("x", "far"): (80.0, 80.0)}, base=0.0, caution={("x", "far"): 3.0})
    above = 80 / (80 + PARENT_WEIGHT)
    assert lonely["x|far"] == pytest.approx((80 + 3 * PARENT_WEIGHT * above) / (80 + 3 * PARENT_WEIGHT))


def test_limit_of_the_stopped_rises_until_each_generator_is_right_often_enough():
    # a: all of 0.999 and 0.995 wrong; b: at 0.995 only half
    joint = [("a", 0.999, 1)] * 40 + [("b", 0.999, 1)] * 40 + [("a", 0.995, 1)] * 40
    joint += [("b", 0.995, 1), ("b", 0.995, 0)] * 40 + [("a", 0.01, 0)] * 8000
    steps, right = anomaly_fit.stopping([(0.0, 0.0), (1.0, 0.99)], joint)
    assert (0.999, 0.9) in steps and right == 1.0
