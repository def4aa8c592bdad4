"""Laws of the review's score and memory, for any findings."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from odoo.addons.msp_billing.engine.review.findings import Hit
from odoo.addons.msp_billing.engine.review.memory import Memory, is_silenced, moved_beyond
from odoo.addons.msp_billing.engine.review.plan import plan_review
from odoo.addons.msp_billing.engine.review.score import BANDS, band, score

DAY = date(2026, 10, 1)
amounts = st.floats(min_value=-1e7, max_value=1e7, allow_nan=False).map(lambda x: round(x, 2))
points = st.lists(st.integers(min_value=0, max_value=100), max_size=12)
hits = st.builds(
    Hit,
    code=st.sampled_from(["quantity_jump", "price_jump", "zero_line", "standing_note"]),
    severity=st.sampled_from(["info", "warning", "blocking"]),
    points=st.integers(min_value=0, max_value=100),
    subject=st.sampled_from(["", "s1", "s2", "p3"]),
    amount=amounts,
    value=amounts,
)


@given(points, st.integers(min_value=0, max_value=100))
def test_one_more_finding_never_lowers_the_score(some, more):
    assert 0 <= score(some) <= score([*some, more]) <= 100


@given(points)
def test_the_order_of_findings_does_not_matter(some):
    assert score(some) == score(reversed(some))


@given(st.integers(min_value=0, max_value=100))
def test_bands_do_not_overlap_and_leave_no_gap(value):
    rank = [name for _limit, name in BANDS]
    assert band(value) in rank
    if value:
        assert rank.index(band(value)) <= rank.index(band(value - 1))


@given(st.lists(hits, max_size=8), st.sets(st.integers(min_value=0, max_value=7)))
def test_acknowledging_never_raises_score_or_money_and_keeps_every_finding(found, chosen):
    before = plan_review(7, DAY, found, {})
    memories = {
        finding.key: Memory(None, True, finding.hit.value, finding.hit.fingerprint)
        for index, finding in enumerate(before.findings)
        if index in chosen
    }
    after = plan_review(7, DAY, found, memories)
    assert [finding.key for finding in after.findings] == [finding.key for finding in before.findings]
    assert len({finding.key for finding in after.findings}) == len(found)
    assert after.score <= before.score
    assert after.at_stake <= before.at_stake + 1e-6
    silent = {finding.key for finding in after.findings if finding.state == "acknowledged"}
    assert silent == set(memories)
    # The same draft made again is reviewed the same way.
    assert plan_review(7, DAY, found, memories) == after


@given(amounts, amounts)
def test_what_came_nearer_to_zero_is_no_news_and_what_doubled_is(value, other):
    assert not moved_beyond(value, value)
    assert not moved_beyond(value / 2, value)
    if abs(value) > 1:
        assert moved_beyond(value * 2, value)
        assert moved_beyond(-value, value)


@given(amounts, st.integers(min_value=-400, max_value=400))
def test_a_day_silences_up_to_and_including_it(value, days):
    hit = Hit("total_band", "warning", 35, value=value)
    memory = Memory(DAY + timedelta(days=days), True, value, "")
    assert is_silenced(memory, hit, DAY) is (days >= 0)
