"""Laws of the anomaly score and of the forecast, for any input."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_analytics.engine.anomaly import rules as registered  # noqa: F401
from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration, isotonic
from odoo.addons.msp_analytics.engine.anomaly.facts import EXTRA, ClientHistory, PastInvoice, PastLine
from odoo.addons.msp_analytics.engine.anomaly.weigh import combine, weigh
from odoo.addons.msp_analytics.engine.forecast.blend import outlook, width
from odoo.addons.msp_analytics.engine.forecast.contracted import plan_ahead, schedule_ahead
from odoo.addons.msp_analytics.engine.forecast.invoicing import EACH_MONTH_END, Run, RunHabit, invoice_month, usual_day
from odoo.addons.msp_billing.engine.billing import plan_days, price_plan
from odoo.addons.msp_billing.engine.facts import LineFacts as AgreedLine
from odoo.addons.msp_billing.engine.facts import SubscriptionFacts
from odoo.addons.msp_billing.engine.review import rules as own  # noqa: F401
from odoo.addons.msp_billing.engine.review.facts import InvoiceFacts, LineFacts, Money
from odoo.addons.msp_billing.engine.review.findings import Policy
from odoo.addons.msp_billing.engine.review.registry import review, rules
from odoo.addons.msp_billing.engine.schedule import Schedule, anchor_date

DAY = date(2026, 10, 1)
CENT = Decimal("0.01")
STEPS = Calibration({}, ((0.0, 0.0), (0.5, 0.3), (1.0, 0.99)))
points = st.lists(st.integers(0, 100), max_size=8)


@given(points, st.integers(0, 100))
def test_another_finding_never_lowers_the_score(found, more):
    assert 0 <= combine(found, STEPS) <= combine([*found, more], STEPS) <= 100


@given(points, st.integers(0, 99), st.integers(1, 100))
def test_a_stronger_finding_never_lowers_the_score(found, weak, more):
    assert combine([*found, weak], STEPS) <= combine([*found, min(100, weak + more)], STEPS)


@given(points.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_order_of_findings_does_not_matter(pair):
    assert combine(pair[0], STEPS) == combine(pair[1], STEPS)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=1, max_size=60))
def test_isotonic_steps_rise_and_keep_the_mean(pairs):
    steps = isotonic(pairs)
    shares = [share for _score, share in steps]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


lines = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 200), st.integers(0, 30_000)), min_size=1, max_size=5)


def _past(rows, numbered=False):
    return tuple(
        PastLine(
            f"p{product}",
            f"Product {product}",
            product,
            float(quantity),
            cents / 100,
            round(quantity * cents / 100, 2),
            frozenset({1}),
            id=number if numbered else 0,
        )
        for number, (product, quantity, cents) in enumerate(rows, 1)
    )


def _facts(rows, history):
    draft = _past(rows, numbered=True)
    total = sum(line.subtotal for line in draft)
    invoices = tuple(
        PastInvoice(ago, "", DAY - relativedelta(months=ago), sum(x.subtotal for x in _past(past)), _past(past))
        for ago, past in zip(range(len(history), 0, -1), history, strict=True)
    )
    return InvoiceFacts(
        id=1,
        client_id=1,
        client="",
        contact_id=1,
        contact="",
        currency=Money(1, "USD", 0.01),
        date=DAY,
        is_refund=False,
        total=total,
        untaxed=total,
        lines=tuple(
            LineFacts(x.id, x.subject, x.label, x.product_id, x.quantity, x.price, 0.0, x.subtotal, x.taxes)
            for x in draft
        ),
        extra={EXTRA: ClientHistory(draft, invoices)},
    )


def _found(facts):
    hits = weigh(facts, list(review(facts, Policy(), rules())), STEPS)
    return {(hit.code, hit.subject, hit.points, round(hit.amount, 4)) for hit in hits}


@given(lines, st.lists(lines, max_size=6))
def test_rules_bear_any_history_and_points_are_percentages(rows, history):
    facts = _facts(rows, history)
    hits = weigh(facts, list(review(facts, Policy(), rules())), STEPS)
    assert all(0 <= hit.points <= 100 for hit in hits)


@given(lines.filter(lambda rows: len({row[0] for row in rows}) == len(rows)), st.lists(lines, max_size=4), st.randoms())
def test_order_of_past_lines_does_not_matter(rows, history, rng):
    facts = _facts(rows, history)
    one = [{row[0]: row for row in past}.values() for past in history]
    shuffled = [rng.sample(list(past), len(past)) for past in one]
    assert _found(_facts(rows, [list(past) for past in one])) == _found(_facts(rows, shuffled))
    assert facts.date == DAY


values = st.lists(st.floats(0, 1e6), max_size=70)


@given(values, st.integers(1, 18))
def test_outlook_is_finite_for_any_past(known, horizon):
    found = outlook(known, horizon)
    assert len(found.expected) == horizon
    assert all(value == value and abs(value) < 1e9 for value in found.expected)
    assert found.error >= 0


@given(st.lists(st.floats(1, 1e4), min_size=1, max_size=60), st.floats(0.5, 50))
def test_outlook_goes_with_the_unit(known, factor):
    plain, scaled = outlook(known, 6), outlook([value * factor for value in known], 6)
    for a, b in zip(plain.expected, scaled.expected, strict=True):
        assert abs(a * factor - b) <= 1e-5 * max(1.0, abs(b), abs(a * factor)) + 1e-3 * factor


agreements = st.builds(
    lambda start, unit, count, anchor, timing, end, quantity: SubscriptionFacts(
        1,
        Schedule(start, count, unit, anchor, timing, start + relativedelta(days=end) if end else None),
        (
            AgreedLine(1, None, date(2027, 2, 9), Decimal(quantity)),
            AgreedLine(2, date(2027, 2, 10), None, Decimal(quantity + 1), replaces=True),
        ),
        CENT,
    ),
    st.dates(date(2026, 10, 2), date(2027, 1, 31)),
    st.sampled_from(("week", "month", "year")),
    st.integers(1, 3),
    st.integers(1, 31),
    st.sampled_from(("advance", "arrears")),
    st.one_of(st.none(), st.integers(0, 500)),
    st.integers(1, 40),
)


def price_of(piece):
    return Decimal("15.50") + piece.line.id


def billed_up_to(facts, day):
    """All that runs have billed when the last of them was on a day."""
    priced, _backs = price_plan(plan_days(replace(facts, backlog_limit=0), day), price_of, CENT)
    return sum((item.amount for item in priced), Decimal(0))


def by_month(facts, today, habit):
    amounts = {}
    for item in schedule_ahead(facts, price_of, today, plan_ahead(facts, date(2027, 11, 30)), habit):
        amounts[item.month] = amounts.get(item.month, Decimal(0)) + item.amount
    return amounts


@given(agreements, st.integers(1, 31), st.integers(1, 31), st.sampled_from(("none", "made", "opened")))
def test_contracted_is_what_the_runs_bill(facts, run_day, today_day, october):
    """Each month bears what a run on its usual day bills more than the run before it, wherever in October one stands."""
    usual, today = date(2026, 10, run_day), date(2026, 10, today_day)
    runs = [Run(date(2026, 8, run_day))]
    if october != "none":
        runs.append(Run(usual, made=october == "made"))
    found = by_month(facts, today, RunHabit.of(runs, today, run_day))
    # October's run is late while there is none; after it, what was left waits for November.
    last = usual if october != "none" else max(usual, today)
    billed = Decimal(0) if october == "made" and today > usual else billed_up_to(facts, last)
    assert found.get(date(2026, 10, 1), Decimal(0)) == billed
    for ahead in range(1, 13):
        month = DAY + relativedelta(months=ahead)
        total = billed_up_to(facts, anchor_date(month.year, month.month, run_day))
        assert total - billed == found.get(month, Decimal(0))
        billed = total


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(1, 30),
    st.one_of(st.none(), st.integers(1, 28)),
)
def test_invoice_month_is_the_months_own_or_the_next(due, today, run_day, still):
    habit = RunHabit(run_day, still and today.replace(day=still))
    month = invoice_month(due, today, habit)
    its_own = max(due, today).replace(day=1)
    assert month in (its_own, its_own + relativedelta(months=1))
    # A day later is never invoiced earlier, a later run never makes it later.
    assert month <= invoice_month(due + relativedelta(days=1), today, habit)
    assert month >= invoice_month(due, today, replace(habit, day=run_day + 1))
    assert invoice_month(due, today, EACH_MONTH_END) == its_own


@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 6, 30)), min_size=1), st.integers(1, 31))
def test_usual_day_is_one_that_was(runs, otherwise):
    day = usual_day(runs, otherwise)
    assert day == 31 or any(run.day == day for run in runs)
    # What else ran before the last run of a month says nothing.
    assert usual_day([*runs, *(run.replace(day=1) for run in runs)], otherwise) == day


@given(st.integers(3, 22), st.integers(1, 24), st.sampled_from((80, 95)))
def test_what_is_known_longer_is_known_better(known, ahead, share):
    assert width(known + 1, ahead, share) <= width(known, ahead, share)
    assert width(known, ahead, 80) < width(known, ahead, 95)
