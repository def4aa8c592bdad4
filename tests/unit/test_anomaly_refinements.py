"""What keeps the anomaly score quiet about the ordinary, with hand-worked figures: old errors, uplifts, sales, idle months."""

from datetime import date

import pytest
from dateutil.relativedelta import relativedelta
from harness.anomaly import BACKUP, DAY, EDR, HOURS, draft, found, months, past
from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration, additive, count_chances
from odoo.addons.msp_analytics.engine.anomaly.completeness import missing_invoice
from odoo.addons.msp_analytics.engine.anomaly.evidence import evidence_of
from odoo.addons.msp_analytics.engine.anomaly.facts import AgreementLine, ClientHistory, PastInvoice, Peers, WorkDay
from odoo.addons.msp_analytics.engine.anomaly.stats import least_scale, shrunk_scale, unspiked
from odoo.addons.msp_analytics.engine.anomaly.view import view_of
from odoo.addons.msp_analytics.engine.anomaly.weigh import IMMATERIAL_POINTS, points_of, weigh
from odoo.addons.msp_billing.engine.review.findings import Hit

SWITCH = 8


def words(facts, code):
    return found(facts)[code].data["evidence"].split("|")


def test_old_error_is_no_habit_of_moving():
    # 11 in one month, right before and after: five more seats now are as unusual as without it
    assert words(draft(past(EDR, 6, 6.5), invoices=months(1, 1, 1, 11, 1, 1, 1)), "history_quantity")[2] == "unseen"
    # From 1 to 11 and staying there it has moved before
    moved = months(1, 1, 1, 11, 11, 11, 11)
    assert words(draft(past(EDR, 21, 6.5), invoices=moved), "history_quantity")[2] == "seen"


def test_old_prices_out_of_line_do_not_make_a_client_restless():
    line = [past(EDR, 2, price) for price in (14.25, 142.5, 14.25, 1.43, 14.25, 14.25)]
    days = [DAY - relativedelta(months=ago) for ago in range(6, 0, -1)]
    invoices = tuple(
        PastInvoice(n, f"INV/{n}", day, 1.0, (row,)) for n, (day, row) in enumerate(zip(days, line, strict=True))
    )
    assert words(draft(past(EDR, 2, 11.25), invoices=invoices), "history_price")[2] == "steady"


def test_whole_numbers_that_move_by_one_have_the_scale_of_their_moves():
    # median 1 → 1.4826; root of the mean square 1: √((6·1 + 24·1) / 30)
    assert shrunk_scale([1.0, -1.0] * 12) == pytest.approx(1.0)
    assert least_scale(24) <= shrunk_scale([0.0] * 24) == pytest.approx((6 / 30) ** 0.5)
    assert unspiked([5, 50, 6, 5], 2.0, 2.5) == [5, 5, 6, 5]


def test_uplift_rounded_line_by_line_is_common_also_to_the_agreement():
    backup = past(BACKUP, 2, 40.0)
    agreed = (AgreementLine(EDR, "EDR", 12, 6.5, date(2026, 1, 1), None),)
    raised = draft(
        # +4.0 % and +5.0 %: each line rounded its own way
        past(EDR, 12, 6.76),
        past(BACKUP, 2, 42.0),
        invoices=months(12, 12, 12, extra=[backup]),
        agreements=agreed,
    )
    assert words(raised, "history_price")[1] == "common"
    assert words(raised, "agreement_price")[0] == "common"
    alone = draft(past(EDR, 12, 6.76), backup, invoices=months(12, 12, 12, extra=[backup]), agreements=agreed)
    assert words(alone, "agreement_price")[0] == "off"


def test_first_bill_of_an_agreement_may_be_a_part():
    agreed = (AgreementLine(BACKUP, "Backup", 2, 40.0, date(2026, 9, 16), None),)
    facts = draft(past(EDR, 12, 6.5), past(BACKUP, 2, 20.0), invoices=months(12, 12), agreements=agreed)
    assert words(facts, "agreement_price")[0] == "begun"


def test_price_and_quantity_are_measured_by_what_the_agreement_says_of_each():
    # The count was not noted, the price was: a price as agreed is no surprise
    agreed = (AgreementLine(EDR, "EDR", 10, 7.5, date(2026, 10, 1), None),)
    facts = draft(past(EDR, 30, 7.5), invoices=months(12, 12, 12), agreements=agreed)
    assert words(facts, "history_price")[0] == "agrees"
    assert words(facts, "history_quantity")[0] == "differs"


def test_total_is_measured_like_with_like():
    backup, sale = past(BACKUP, 2, 40.0), past(SWITCH, 1, 900.0)
    beside = draft(past(EDR, 12, 6.5), backup, sale, invoices=months(12, 12, 12, extra=[backup]))
    assert "history_total" not in found(beside)
    fallen = found(draft(past(EDR, 3, 6.5), past(BACKUP, 1, 20.0), sale, invoices=months(12, 12, 12, extra=[backup])))
    # 3 × 6.50 + 20 against 12 × 6.50 + 80; the sale is in neither
    assert (fallen["history_total"].data["total"], fallen["history_total"].data["usual"]) == (39.5, 158.0)


def test_what_came_once_says_nothing_about_how_complete_a_draft_is():
    invoices = months(12, 12, 12, 12, extra=[past(BACKUP, 2, 40.0)])
    sold = tuple(past(50 + n, 1, 300.0) for n in range(4))
    last = invoices[-1]
    invoices = (*invoices[:-1], PastInvoice(last.id, last.name, last.date, 1358.0, (*last.lines, *sold)))
    hits = [hit for hit in _all(draft(past(EDR, 12, 6.5), invoices=invoices)) if hit.subject == f"p{BACKUP}"]
    assert [hit.data["evidence"].split("|")[3] for hit in hits] == ["few"]


def _all(facts):
    from odoo.addons.msp_billing.engine.review.findings import Policy
    from odoo.addons.msp_billing.engine.review.registry import review, rules

    return [hit for hit in review(facts, Policy(), rules()) if hit.code == "history_line_missing"]


def test_no_hours_are_missed_where_none_were_logged():
    work = tuple(WorkDay(date(2026, month, 5), 600, 600) for month in (5, 6, 7))
    hours = [past(HOURS, 10, 145.0, hours=True)]
    facts = draft(past(EDR, 12, 6.5), invoices=months(12, 12, 12, 12, extra=hours), work=work)
    assert words(facts, "history_line_missing")[2] == "idle"
    open_time = Hit("unbilled_time", "warning", 1, data={"hours": 30})
    assert evidence_of(open_time, "hours", facts, view_of(facts)) == "unlinked|idle"


def test_quarterly_client_with_one_invoice_is_missed_by_its_agreement():
    last = PastInvoice(1, "INV/1", date(2026, 7, 1), 300.0, (past(EDR, 12, 25.0),))
    agreed = AgreementLine(EDR, "EDR", 12, 25.0, date(2026, 7, 1), None, months=3.0)
    table = Calibration({"missing_invoice|owed": 0.9})
    missing = missing_invoice(DAY, ClientHistory((), (last,), agreements=(agreed,)), table)
    assert missing is not None and round(missing.gap) == 91
    assert missing_invoice(date(2026, 8, 1), ClientHistory((), (last,), agreements=(agreed,)), table) is None


def test_peers_say_nothing_where_each_client_has_its_own_price():
    line = past(EDR, 1, 65.0)
    assert "peer_price" in found(draft(line, peers={EDR: Peers(20, 6.5, 0.0, 0.05)}))
    # Most pay the same, so that the spread is 0, and two of twenty something else altogether
    assert "peer_price" not in found(draft(line, peers={EDR: Peers(20, 6.5, 0.0, 0.10)}))


def test_certain_and_immaterial_does_not_stop_an_invoice():
    # 20 of 1,000 is 2 %; with −950 on an invoice of 50 it would have been 1,000
    assert points_of(0.995, 20.0, 1000.0) == IMMATERIAL_POINTS
    assert points_of(0.995, -950.0, 50.0) == 100
    assert points_of(0.995, 0.0, 1000.0) == 100
    facts = draft(past(EDR, 12, 6.5), past(BACKUP, 1, 1000.0))
    table = Calibration({"x": 0.993})
    small, large = Hit("x", "warning", 1, subject="p5", amount=-2.0), Hit("x", "warning", 1, subject="p6", amount=500.0)
    assert [hit.points for hit in weigh(facts, [small, large], table)] == [98, 99]
    # What others pay does not stop an invoice either
    peers = Hit("peer_price", "warning", 1, subject="p6", amount=500.0)
    assert weigh(facts, [peers], Calibration({"peer_price": 0.993}))[0].points == 98


def test_evidence_that_was_never_counted_is_the_sum_of_its_words():
    weights = {"x": {"": -3.0, "0|far": 2.0, "1|new": 2.5}}
    table = Calibration({"x": 0.1, "x|far": 0.2, "x|far|old": 0.15}, weights=weights)
    assert table.chance("x", "far|old") == 0.15
    # e^1.5 / (1 + e^1.5)
    assert table.chance("x", "far|new") == pytest.approx(0.8176, abs=1e-4)
    assert additive({}, ["far"]) == 0.5
    counted = count_chances([("x", "far|new", True)] * 2, weights=weights)
    # (2 + 48 × 0.8176) ÷ 50
    assert counted["x|far|new"] == pytest.approx(0.8249, abs=1e-4)
