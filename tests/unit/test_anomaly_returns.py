"""What was over and is billed again, and what stands twice where several lines are usual."""

from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from harness.anomaly import BACKUP, DAY, EDR, HOURS, draft, found, months, past
from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration
from odoo.addons.msp_analytics.engine.anomaly.facts import AgreementLine, PastInvoice, WorkDay
from odoo.addons.msp_analytics.engine.anomaly.weigh import weigh
from odoo.addons.msp_billing.engine.review.findings import INFO, WARNING, Hit

EDR_LINE = past(EDR, 12, 6.5)
FIREWALL = past(BACKUP, 2, 85.0)


def words(facts, code):
    hit = found(facts).get(code)
    return hit.data["evidence"].split("|") if hit else None


def documents(*contents):
    """Posted invoices with these lines, one a month, the last one in September."""
    days = [DAY - relativedelta(months=ago) for ago in range(len(contents), 0, -1)]
    return tuple(
        PastInvoice(n, f"INV/{n}", day, sum(line.subtotal for line in lines), tuple(lines))
        for n, (day, lines) in enumerate(zip(days, contents, strict=True), 1)
    )


# Lines that had ended


@pytest.mark.parametrize(("away", "word"), [(0, None), (1, "back1"), (2, "back2"), (3, "back2"), (5, "back3")])
def test_line_that_comes_back_after_invoices_without_it(away, word):
    past_invoices = documents(*[[EDR_LINE, FIREWALL]] * 7, *[[EDR_LINE]] * away)
    said = words(draft(EDR_LINE, FIREWALL, invoices=past_invoices), "history_line_new")
    assert said == (None if word is None else [word, "silent", *said[2:]])


def test_line_that_comes_now_and_then_is_not_back():
    past_invoices = documents(*[[EDR_LINE, FIREWALL], [EDR_LINE], [EDR_LINE]] * 3)
    assert words(draft(EDR_LINE, FIREWALL, invoices=past_invoices), "history_line_new") is None


def test_hours_and_days_of_a_period_may_be_none_for_a_while():
    hours = [[EDR_LINE, past(BACKUP, 2.5 + month, 120.0)] for month in range(7)]
    invoices = documents(*hours, *[[EDR_LINE]] * 2)
    assert words(draft(EDR_LINE, past(BACKUP, 6.25, 120.0), invoices=invoices), "history_line_new")[0] == "back0"
    part = past(EDR, 1, 3.9, label="EDR: 1 added on 13 Sep 2026, prorated")
    assert words(draft(EDR_LINE, part, invoices=documents(*[[EDR_LINE]] * 9)), "history_line_new") is None


def test_a_sale_between_is_no_month_without_the_line():
    sale = PastInvoice(99, "INV/99", DAY - relativedelta(days=9), 500.0, (past(77, 1, 500.0),))
    past_invoices = (*documents(*[[EDR_LINE, FIREWALL]] * 7), sale)
    assert words(draft(EDR_LINE, FIREWALL, invoices=past_invoices), "history_line_new") is None


def test_line_that_the_agreement_does_not_know_beside_lines_that_it_knows():
    terms = (AgreementLine(EDR, "EDR", 12, 6.5, date(2025, 1, 1), None),)
    history = {"invoices": months(*[12] * 6), "agreements": terms}
    assert words(draft(EDR_LINE, FIREWALL, **history), "history_line_new")[:2] == ["new", "unlisted"]
    assert words(draft(EDR_LINE, FIREWALL, invoices=months(*[12] * 6)), "history_line_new")[:2] == ["new", "silent"]


# Prices that were over


@pytest.mark.parametrize(("since", "word"), [(1, "again0"), (2, "again1"), (3, "again2"), (6, "again2")])
def test_discount_that_was_over_and_is_given_again(since, word):
    before = months(*[12] * 5, price=5.85)
    later = months(*[12] * since)
    shifted = tuple(
        PastInvoice(100 + d.id, d.name, d.date - relativedelta(months=since), d.untaxed, d.lines) for d in before
    )
    said = words(draft(past(EDR, 12, 5.85), invoices=(*shifted, *later)), "history_price")
    assert said[:2] == ["silent", word]
    # All its lines at once are no uplift either.
    assert found(draft(past(EDR, 12, 5.85), invoices=(*shifted, *later)))["history_price"].amount == pytest.approx(-7.8)


def test_the_usual_price_after_months_at_less_is_back():
    less = tuple(PastInvoice(50 + d.id, d.name, d.date, d.untaxed, (past(EDR, 12, 5.0),)) for d in months(12, 12))
    before = tuple(
        PastInvoice(d.id, d.name, d.date - relativedelta(months=2), d.untaxed, d.lines) for d in months(12, 12)
    )
    assert words(draft(EDR_LINE, invoices=(*before, *less)), "history_price")[1] == "back1"


def test_a_price_that_still_holds_or_never_was_is_not_back():
    assert words(draft(EDR_LINE, invoices=months(*[12] * 6)), "history_price") is None
    assert words(draft(past(EDR, 12, 7.1), invoices=months(*[12] * 6)), "history_price")[1] == "up1"


# Lines that stand twice


def test_the_same_line_twice_where_several_were_usual():
    sites = [past(EDR, 4, 6.5), past(EDR, 3, 6.5)]
    history = {"invoices": documents(*[[FIREWALL, *sites]] * 6)}
    assert words(draft(FIREWALL, *sites, **history), "repeated_line") is None
    hit = found(draft(FIREWALL, sites[0], sites[0], **history))["repeated_line"]
    assert hit.data["evidence"].split("|")[3] == "pieces"
    assert (hit.data["times"], hit.data["usual"], hit.amount) == (2, 1, 26.0)
    twice = {"invoices": documents(*[[FIREWALL, sites[0], sites[0]]] * 6)}
    assert words(draft(FIREWALL, sites[0], sites[0], **twice), "repeated_line") is None


# Noise


def test_included_lines_may_be_any_number():
    history = {"invoices": documents(*[[EDR_LINE, past(BACKUP, 5, 0.0)]] * 6)}
    assert "history_quantity" not in found(draft(EDR_LINE, past(BACKUP, 25, 0.0), **history))


def test_one_line_of_several_off_its_agreement_counts_with_its_own_units():
    """A copied invoice of a run: the days of a change stand as one unit at an amount."""
    terms = (AgreementLine(EDR, "EDR", 49, 46.75, date(2025, 1, 1), None),)
    facts = draft(past(EDR, 49, 46.75), past(EDR, 1, 822.8), agreements=terms, invoices=months(*[49] * 6, price=46.75))
    assert found(facts)["agreement_price"].amount == pytest.approx(776.05)


def test_own_price_as_always_is_no_news():
    facts = draft(EDR_LINE, invoices=months(*[12] * 6))
    data = {"billed": 6.5, "expected": 7.0}
    hit = Hit("price_off_resolver", INFO, 10, subject=f"p{EDR}", line_id=1, data=data)
    rare = Calibration({"price_off_resolver": 0.01})
    assert weigh(facts, [hit], rare) == []
    assert [shown.code for shown in weigh(facts, [hit], Calibration({"price_off_resolver": 0.3}))] == [hit.code]


def test_days_of_a_period_are_no_level_to_compare_with():
    part = past(EDR, 1, 3.9, label="EDR: 1 added on 13 Sep 2026, prorated")
    now = past(EDR, 4, 2.1, label="EDR: 4 added on 22 Sep 2026, prorated")
    facts = draft(EDR_LINE, now, invoices=documents(*[[EDR_LINE]] * 3, [EDR_LINE, part]))
    assert not {"history_quantity", "history_price"} & found(facts).keys()


def test_hours_of_the_first_month_that_was_logged():
    """Billed each month on a line without a unit of time, logged here for the first time, and not on the draft."""
    bills = [[EDR_LINE, past(BACKUP, hours, 120.0)] for hours in (4.0, 3.75, 3.25, 2.75)]
    work = (WorkDay(date(2026, 9, 7), 90, 90), WorkDay(date(2026, 9, 24), 225, 225))
    history = {"invoices": documents(*bills), "work": work}
    assert words(draft(EDR_LINE, **history), "time_against_billed") == ["less", "newused", "none", "h1"]
    assert words(draft(EDR_LINE, past(BACKUP, 5.25, 120.0), **history), "time_against_billed") is None
    included = {"invoices": months(12, 12, 12, 12), "work": work}
    assert words(draft(EDR_LINE, **included), "time_against_billed") == ["less", "new", "none", "h1"]


def test_hours_on_a_typed_line_are_told_and_do_not_warn():
    hit = Hit("unbilled_time", WARNING, 30, data={"hours": 6.0})
    work = tuple(
        WorkDay(date(2026, month, 10), minutes, minutes) for month, minutes in enumerate((300, 300, 300, 360), 6)
    )
    history = {"invoices": documents(*[[EDR_LINE, past(HOURS, 5, 145.0, hours=True)]] * 3), "work": work}
    facts = draft(EDR_LINE, past(HOURS, 6, 145.0, hours=True), **history)
    (shown,) = weigh(facts, [hit], Calibration({}))
    assert (shown.data["evidence"], shown.severity) == ("covered", INFO)
    (shown,) = weigh(draft(EDR_LINE, **history), [hit], Calibration({}))
    assert shown.severity == WARNING
