"""What the fourth generator showed: hours that are paid otherwise, late invoices, parts, gifts, agreements that nobody renewed."""

from dataclasses import replace
from datetime import date

from harness.anomaly import BACKUP, DAY, EDR, HOURS, draft, found, months, past
from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration, chances_of
from odoo.addons.msp_analytics.engine.anomaly.completeness import missing_invoice
from odoo.addons.msp_analytics.engine.anomaly.evidence import evidence_of
from odoo.addons.msp_analytics.engine.anomaly.facts import AgreementLine, ClientHistory, PastInvoice, Peers, WorkDay
from odoo.addons.msp_analytics.engine.anomaly.rules.time import habit_of, missing_hours
from odoo.addons.msp_analytics.engine.anomaly.view import view_of
from odoo.addons.msp_billing.engine.review.facts import ChargeView
from odoo.addons.msp_billing.engine.review.findings import Hit

TABLE = Calibration({"missing_invoice": 0.5})
SWITCH = 8


def agreed(product, quantity=12, price=6.5, start=date(2025, 1, 1), end=None, **values):
    return AgreementLine(product, f"Product {product}", quantity, price, start, end, **values)


def words(facts, code):
    return found(facts)[code].data["evidence"].split("|")


def work(*hours, last=DAY):
    """So many hours logged in the middle of each month before, the last one in the month before ``last``."""
    found_days = []
    for ago, value in zip(range(len(hours), 0, -1), hours, strict=True):
        month = 12 * last.year + last.month - 1 - ago
        found_days.append(WorkDay(date(month // 12, month % 12 + 1, 15), round(60 * value), round(60 * value)))
    return tuple(found_days)


def with_hours(*billed):
    """A month each, with EDR and the hours billed."""
    invoices = months(*[12] * len(billed))
    lines = [(past(HOURS, hours, 145.0, hours=True),) if hours else () for hours in billed]
    return tuple(replace(one, lines=one.lines + more) for one, more in zip(invoices, lines, strict=True))


# Hours


def test_habit_is_the_period_whose_hours_are_the_same_and_not_one_that_is_near():
    """Half an hour more or less is near for a client of few hours: the month before fits exactly each time."""
    entries = [(6, 20, 0.5), (7, 4, 0.25), (7, 20, 1.25), (8, 4, 0.25), (8, 20, 0.75), (9, 4, 0.25), (9, 20, 1.0)]
    log = tuple(WorkDay(date(2026, month, day), round(60 * hours), 0) for month, day, hours in entries)
    log = (WorkDay(date(2026, 5, 2), 60, 0), *log)
    # June 0.5, July 1.5, August 1.0 were billed by the month after
    invoices = tuple(
        PastInvoice(n, f"INV/{n}", day, 0.0, (past(EDR, 12, 6.5), past(HOURS, hours, 145.0, hours=True)))
        for n, (day, hours) in enumerate(((date(2026, 7, 5), 0.5), (date(2026, 8, 5), 1.5), (date(2026, 9, 5), 1.0)))
    )
    facts = draft(past(EDR, 12, 6.5), past(HOURS, 1.25, 145.0, hours=True), invoices=invoices, work=log)
    assert habit_of(view_of(facts))[0] == "before"
    assert "time_against_billed" not in found(facts)


def test_hours_that_are_logged_and_not_billed_as_a_rule_are_included():
    included = draft(past(EDR, 12, 6.5), invoices=with_hours(0, 0, 0, 0, 0), work=work(5, 3, 4, 5, 6, 8))
    assert "time_against_billed" not in found(included)
    billed = draft(past(EDR, 12, 6.5), invoices=with_hours(5, 3, 4, 5, 6), work=work(5, 3, 4, 5, 6, 8))
    assert words(billed, "time_against_billed") == ["less", "always", "none", "h1"]


def test_an_hour_less_is_a_kindness_and_a_log_unlike_the_bills_is_no_measure():
    log = work(5, 3, 4, 5, 6, 4)
    kind = draft(past(EDR, 12, 6.5), past(HOURS, 3, 145.0, hours=True), invoices=with_hours(5, 3, 4, 5, 6), work=log)
    assert words(kind, "time_against_billed") == ["less", "always", "share0", "h0"]
    unlike = with_hours(9, 1, 9, 1, 9)
    facts = draft(past(EDR, 12, 6.5), past(HOURS, 1.5, 145.0, hours=True), invoices=unlike, work=log)
    assert words(facts, "time_against_billed")[1] == "unlike"
    open_time = Hit("unbilled_time", "warning", 1, data={"hours": 30})
    assert evidence_of(open_time, "hours", facts, view_of(facts)) == "unlinked|worked|h1|unlike"


def test_a_sale_alone_leaves_the_hours_to_the_usual_invoice():
    facts = draft(past(SWITCH, 1, 590.0), invoices=with_hours(5, 3, 4, 5, 6), work=work(5, 3, 4, 5, 6, 8))
    assert missing_hours(view_of(facts)) == 0.0


# Missing invoices


def test_yearly_agreement_and_small_sales_beside_it_leave_nothing_missing_but_little():
    sales = [(date(2026, month, 1), past(SWITCH, 1, 99.0)) for month in (3, 6, 9)]
    bill = PastInvoice(1, "INV/1", date(2026, 1, 1), 2880.0, (past(EDR, 12, 240.0),))
    history = (bill, *(PastInvoice(n, f"INV/{n}", day, 99.0, (line,)) for n, (day, line) in enumerate(sales, 2)))
    missing = missing_invoice(
        date(2026, 12, 1), ClientHistory((), history, agreements=(agreed(EDR, months=12.0),)), TABLE
    )
    assert missing.evidence == "beside|due|steady|main|n1"
    assert missing.amount == 99.0


def test_what_waits_is_the_amount_and_ended_lines_beside_it_say_that_the_client_left():
    lines = [past(BACKUP, 2, 40.0)]
    history = months(*[12] * 6, extra=lines)
    open_terms = (agreed(EDR), agreed(BACKUP, 2, 40.0))
    missing = missing_invoice(DAY, ClientHistory((), history, agreements=open_terms), TABLE)
    # 12 × 6.50 + 2 × 40
    assert (missing.evidence, missing.amount) == ("owed|due|steady|main|n4", 158.0)
    left = (agreed(EDR), agreed(BACKUP, 2, 40.0, end=date(2026, 9, 30)))
    assert missing_invoice(DAY, ClientHistory((), history, agreements=left), TABLE).evidence.startswith("ending|")


# Doubles


def test_two_kinds_of_work_with_the_same_amount_are_no_double_and_pieces_are_usual():
    def evidence(*labels, usual=1):
        lines = [past(HOURS, 1.5, 110.0, hours=True, label=label) for label in labels]
        before = tuple(past(HOURS, n + 1.0, 110.0, hours=True, label="Help desk") for n in range(usual))
        facts = draft(past(EDR, 12, 6.5), *lines, invoices=months(12, 12, 12, extra=before))
        return evidence_of(found(facts)["duplicate_line"], f"p{HOURS}", facts, view_of(facts))

    assert evidence("Help desk, remote", "Help desk, on site") == "things"
    assert evidence("Help desk", "Help desk") == "same"
    assert evidence("Help desk", "Help desk", usual=3) == "usual"


def test_twin_that_is_the_late_invoice_of_the_month_before():
    invoices = months(*[12] * 5)
    late = (*invoices[:4], replace(invoices[4], date=date(2026, 9, 22)))
    hit = Hit("duplicate", "blocking", 95, subject=f"m{invoices[4].id}", data={"same_lines": True})
    facts = draft(past(EDR, 12, 6.5), invoices=late)
    assert evidence_of(hit, "period", facts, view_of(facts)) == "lines|late"
    facts = draft(past(EDR, 12, 6.5), invoices=(*invoices, replace(late[4], id=77)))
    hit = replace(hit, subject="m77")
    assert evidence_of(hit, "period", facts, view_of(facts)) == "lines|monthly"


# Prices and agreements


def test_what_others_get_for_nothing_too_and_what_is_given_the_first_time():
    def word(peers, **line):
        facts = draft(past(EDR, 12, 0.0), peers={EDR: peers})
        return words(replace(facts, lines=tuple(replace(x, **line) for x in facts.lines)), "peer_price")[0]

    assert word(Peers(20, 6.5, 0.0)) == "zero"
    assert word(Peers(20, 6.5, 0.0, free=0.2)) == "free"
    assert word(Peers(20, 6.5, 0.0), discount=100.0) == "given"


def test_price_far_above_the_others_is_no_part_of_a_period():
    peers = {EDR: Peers(20, 6.5, 0.0)}
    assert words(draft(past(EDR, 12, 130.0), peers=peers), "peer_price")[2] == "up2"
    part = past(EDR, 2, 1.7, label="EDR, added in September")
    assert words(draft(part, peers=peers), "peer_price")[2] == "down2"
    # Beside the whole line it is days of a period, below cost as well
    facts = draft(past(EDR, 14, 6.5), part, peers=peers)
    assert "peer_price" not in found(facts)
    hit = Hit("below_cost", "warning", 40, line_id=2, data={"price": 1.7, "cost": 3.6})
    assert evidence_of(hit, f"p{EDR}", facts, view_of(facts)) == "part"


def test_quantity_worth_many_invoices_says_so():
    small = draft(past(EDR, 120, 6.5), past(BACKUP, 50, 40.0), invoices=months(*[12] * 6))
    assert words(small, "history_quantity")[-1] == "part"
    # (1,200 - 12) × 6.50 = 7,722 beside 12 × 6.50 + 2 × 40
    huge = draft(past(EDR, 1200, 6.5), past(BACKUP, 2, 40.0), invoices=months(*[12] * 6))
    assert words(huge, "history_quantity")[-1] == "huge"


def test_agreement_that_begins_within_the_billed_month_and_a_price_for_its_days():
    later = agreed(EDR, 12, 6.5, start=date(2026, 10, 12))
    assert "agreement_price" not in found(draft(past(EDR, 12, 6.5), agreements=(later,)))
    # 6.50 × 20 ÷ 31 days
    assert "agreement_price" not in found(draft(past(EDR, 12, 4.19), agreements=(later,)))
    assert "agreement_price" in found(draft(past(EDR, 12, 5.19), agreements=(later,)))


def test_agreement_that_was_over_on_several_posted_invoices_and_one_that_is_over_with_all_others():
    over = agreed(EDR, end=date(2026, 6, 30))
    facts = draft(past(EDR, 12, 6.5), past(BACKUP, 2, 40.0), invoices=months(*[12] * 6), agreements=(over,))
    # Posted on 1 July, August and September
    assert words(facts, "agreement_over") == ["kept"]
    both = (agreed(EDR, end=date(2026, 8, 31)), agreed(BACKUP, 2, 40.0, end=date(2026, 8, 31)))
    history = months(*[12] * 6, extra=[past(BACKUP, 2, 40.0)])
    facts = draft(past(EDR, 12, 6.5), past(BACKUP, 2, 40.0), invoices=history, agreements=both)
    assert words(facts, "agreement_over") == ["over", "again1", "days1", "all"]


def test_count_that_is_off_by_one_on_many_lines_is_another_way_of_counting():
    def charge(quantity, counted):
        day = date(2026, 10, 1)
        values = {"expected_quantity": quantity, "expected_price": 6.5, "counted": counted, "counted_on": day}
        return ChargeView(1, 1, 1, "recurring", day, date(2026, 11, 1), quantity, 6.5, 0.0, 6.5 * quantity, **values)

    facts = draft(past(EDR, 12, 6.5), past(BACKUP, 40, 2.0))
    hit = Hit("count_drift", "warning", 40, line_id=1, data={"billed": 12, "counted": 11})
    lone = replace(facts, lines=(replace(facts.lines[0], charge=charge(12, 11)), facts.lines[1]))
    assert evidence_of(hit, "p5", lone, view_of(lone)) == "small|lone"
    many = replace(lone, lines=(lone.lines[0], replace(facts.lines[1], charge=charge(40, 41))))
    assert evidence_of(hit, "p5", many, view_of(many)) == "small|many"


def test_what_is_expected_of_a_code_before_any_is_counted():
    assert chances_of({("x", ""): (0.0, 0.0)}, bases={"x": 0.85})["x"] == 0.85
    given = chances_of({("x", "kept"): (0.0, 0.0), ("x", "new"): (0.0, 0.0)}, bases={"x": 0.6, "x|kept": 0.15})
    assert (given["x|kept"], given["x|new"]) == (0.15, 0.6)
