"""Anomaly statistics with hand-worked figures: what is found on whose ground, and what stays quiet."""

import doctest
from dataclasses import replace
from datetime import date

import pytest
from harness.anomaly import BACKUP, DAY, EDR, HOURS, draft, found, months, past
from odoo.addons.msp_analytics.engine.anomaly import calibration, stats
from odoo.addons.msp_analytics.engine.anomaly import rules as registered  # noqa: F401
from odoo.addons.msp_analytics.engine.anomaly import weigh as weigh_module
from odoo.addons.msp_analytics.engine.anomaly.calibration import Calibration, count_chances, isotonic
from odoo.addons.msp_analytics.engine.anomaly.completeness import missing_invoice
from odoo.addons.msp_analytics.engine.anomaly.facts import (
    AgreementLine,
    ClientHistory,
    Drift,
    PastInvoice,
    Peers,
    WorkDay,
)
from odoo.addons.msp_analytics.engine.anomaly.stats import shrunk_scale
from odoo.addons.msp_analytics.engine.anomaly.view import make_view
from odoo.addons.msp_analytics.engine.anomaly.weigh import combine, joined, weigh
from odoo.addons.msp_billing.engine.review import rules as own  # noqa: F401
from odoo.addons.msp_billing.engine.review.findings import Hit

TABLE = Calibration({})


def test_digit_too_many_in_a_quantity_is_found_with_what_was_usual():
    hit = found(draft(past(EDR, 120, 6.5), invoices=months(12, 12, 11, 12)))["history_quantity"]
    assert (hit.data["usual"], hit.data["low"], hit.data["high"], hit.amount) == (12, 11, 12, 702.0)
    assert "slip" in hit.data["evidence"]


@pytest.mark.parametrize("quantities", [(12,), (12, 13, 12, 11), (12,) * 12])
def test_one_seat_more_is_no_finding_however_short_the_past(quantities):
    assert "history_quantity" not in found(draft(past(EDR, 13, 6.5), invoices=months(*quantities)))


def test_old_error_in_the_past_neither_hides_nor_makes_one():
    spoiled = months(12, 12, 12, 12, 120)
    assert "history_quantity" not in found(draft(past(EDR, 12, 6.5), invoices=spoiled))
    assert "history_quantity" in found(draft(past(EDR, 40, 6.5), invoices=spoiled))


def test_scale_is_shrunk_toward_the_pooled_one():
    # n = 3, no movement at all: √(6·1² / 9)
    assert round(shrunk_scale([0, 0, 0]), 4) == 0.8165


def test_common_uplift_is_calm_and_a_single_price_is_not():
    backup = past(BACKUP, 2, 40.0)
    raised = found(draft(past(EDR, 12, 6.76), past(BACKUP, 2, 41.6), invoices=months(12, 12, 12, extra=[backup])))
    assert raised["history_price"].data["evidence"].startswith("silent|common")
    alone = found(draft(past(EDR, 12, 65.0), past(BACKUP, 2, 40.0), invoices=months(12, 12, 12, extra=[backup])))
    assert alone["history_price"].data["evidence"].startswith("silent|slip")
    assert alone["history_price"].amount == 702.0


def test_line_that_always_came_and_is_gone():
    backup = past(BACKUP, 2, 40.0)
    hit = found(draft(past(EDR, 12, 6.5), invoices=months(12, 12, 12, extra=[backup])))["history_line_missing"]
    assert (hit.subject, hit.amount) == (f"p{BACKUP}", -80.0)


def test_sale_typed_beside_the_agreements_is_not_measured_by_them():
    switch = past(BACKUP, 1, 590.0)
    invoices = months(*[12] * 6)
    assert {"history_line_missing", "history_total"} <= set(found(draft(switch, invoices=invoices)))
    assert not {"history_line_missing", "history_total"} & set(found(draft(switch, invoices=invoices, extra=True)))


def test_series_are_the_same_whether_documents_share_their_lines():
    invoices = months(12, 12, 11, 12, 12, extra=[past(BACKUP, 2, 40.0), past(BACKUP, 1, 40.0)])
    shared = {document.lines: document.lines for document in invoices}
    alike = tuple(replace(document, lines=shared[document.lines]) for document in invoices)
    apart = tuple(replace(document, lines=tuple(list(document.lines))) for document in invoices)
    assert alike[0].lines is alike[1].lines and apart[0].lines is not apart[1].lines
    views = [make_view(DAY, ClientHistory((past(EDR, 12, 6.5),), documents)) for documents in (alike, apart)]
    assert views[0].series == views[1].series
    assert [point.quantity for point in views[0].series[f"p{BACKUP}"].points] == [3] * 5
    assert [point.day for point in views[0].series[f"p{EDR}"].points] == [document.date for document in invoices]


def test_yearly_line_is_not_missed_in_between():
    invoices = months(*[12] * 6)
    yearly = replace(invoices[0], lines=(*invoices[0].lines, past(BACKUP, 1, 48.0)))
    assert "history_line_missing" not in found(draft(past(EDR, 12, 6.5), invoices=(yearly, *invoices[1:])))


def test_line_on_another_draft_of_the_period_is_not_missed():
    backup = past(BACKUP, 2, 40.0)
    beside = PastInvoice(90, "", DAY, 80.0, (backup,), posted=False)
    facts = draft(past(EDR, 12, 6.5), invoices=months(12, 12, 12, extra=[backup]), siblings=(beside,))
    assert "history_line_missing" not in found(facts)


def test_count_that_came_in_is_expected_and_the_old_one_stale():
    agreed = (
        AgreementLine(EDR, "EDR", 42, 6.5, date(2026, 1, 1), date(2026, 9, 27)),
        AgreementLine(EDR, "EDR", 57, 6.5, date(2026, 9, 28), None, counted=True),
    )
    hit = found(draft(past(EDR, 42, 6.5), invoices=months(42, 42, 42), agreements=agreed))["agreement_quantity"]
    assert (hit.data["billed"], hit.data["expected"], hit.amount) == (42, 57, -97.5)
    assert hit.data["evidence"].startswith("stale")
    assert not {"agreement_quantity", "agreement_price"} & set(
        found(draft(past(EDR, 57, 6.5), invoices=months(42, 42, 42), agreements=agreed))
    )


def test_price_after_an_increase_and_billing_after_the_end():
    agreed = (
        AgreementLine(EDR, "EDR", 12, 6.5, date(2026, 1, 1), date(2026, 9, 30)),
        AgreementLine(EDR, "EDR", 12, 7.0, date(2026, 10, 1), None),
        AgreementLine(BACKUP, "Backup", 1, 40.0, date(2026, 1, 1), date(2026, 8, 31)),
    )
    backup = past(BACKUP, 1, 40.0)
    hits = found(draft(past(EDR, 12, 6.5), backup, invoices=months(12, 12, extra=[backup]), agreements=agreed))
    assert hits["agreement_price"].data["stale"] and hits["agreement_price"].amount == -6.0
    assert hits["agreement_over"].amount == 40.0


def test_tax_that_changed():
    hit = found(draft(past(EDR, 12, 6.5, taxes=frozenset({2})), invoices=months(12, 12)))["history_tax"]
    assert (hit.data["found"], hit.data["before"]) == ([2], [1])


def test_hours_by_the_habit_of_the_client():
    worked = [(8, 5, 600), (9, 5, 480)]
    work = tuple(WorkDay(date(2026, month, day), minutes, minutes) for month, day, minutes in worked)
    history = {
        "invoices": (PastInvoice(1, "INV/1", date(2026, 9, 1), 1450.0, (past(HOURS, 10, 145.0, hours=True),)),),
        "work": work,
    }
    hit = found(draft(past(HOURS, 3, 145.0, hours=True), **history))["time_against_billed"]
    assert (hit.value, hit.amount) == (5.0, -725.0)
    assert "time_against_billed" not in found(draft(past(HOURS, 8, 145.0, hours=True), **history))


def test_new_client_is_compared_with_peers():
    peers = {EDR: Peers(20, 6.5, 0.04)}
    assert found(draft(past(EDR, 12, 65.0), peers=peers))["peer_price"].amount == 702.0
    assert "peer_price" not in found(draft(past(EDR, 12, 6.9), peers=peers))


def test_same_period_on_a_second_document():
    twin = PastInvoice(80, "INV/80", date(2026, 9, 12), 78.0, (past(EDR, 12, 6.5),))
    hit = found(draft(past(EDR, 12, 6.5), invoices=(*months(12, 12, 12), twin)))["same_period"]
    assert hit.subject == "m80"


def test_what_the_ledger_billed_on_both_is_no_period_billed_twice():
    ours = past(EDR, 12, 6.5)._replace(subject="s4")
    adjusted = PastInvoice(80, "INV/80", date(2026, 9, 12), 78.0, (ours,))
    facts = draft(ours, invoices=(*months(12, 12, 12), adjusted))
    assert "same_period" not in found(facts)
    typed = replace(adjusted, lines=(past(EDR, 12, 6.5),))
    assert "same_period" in found(draft(ours, invoices=(*months(12, 12, 12), typed)))


def test_client_without_a_document_is_missed_and_one_that_ended_less():
    table = Calibration({"missing_invoice|owed": 0.9, "missing_invoice|ended": 0.1})
    agreed = AgreementLine(EDR, "EDR", 12, 6.5, date(2026, 1, 1), None)
    missing = missing_invoice(DAY, ClientHistory((), months(12, 12, 12), agreements=(agreed,)), table)
    assert (missing.chance, missing.amount, missing.last_name) == (0.9, 78.0, "INV/1")
    over = replace(agreed, end=date(2026, 9, 15))
    assert missing_invoice(DAY, ClientHistory((), months(12, 12), agreements=(over,)), table).chance == 0.1
    assert missing_invoice(DAY, ClientHistory(()), table) is None


def test_findings_about_one_line_count_once_and_others_as_independent():
    facts = draft(past(EDR, 120, 6.5), invoices=months(12, 12))
    table = Calibration({"a": 0.5, "b": 0.4, "c": 0.5})
    hits = [
        Hit("a", "warning", 1, subject="p5"),
        Hit("b", "warning", 1, subject="p5"),
        Hit("c", "warning", 1, subject="p6"),
    ]
    weighed = weigh(facts, hits, table)
    assert [hit.points for hit in weighed] == [50, 0, 50]
    assert combine((hit.points for hit in weighed), table) == 75


def test_what_was_accepted_before_turns_into_an_info():
    table = Calibration({"missing_tax|kept": 0.01, "missing_tax|moved": 0.9})
    bare = past(EDR, 12, 6.5, taxes=frozenset())
    facts = draft(bare, invoices=tuple(replace(i, lines=(bare,)) for i in months(12, 12)))
    hit = Hit("missing_tax", "warning", 60, subject="p5", line_id=1)
    assert weigh(facts, [hit], table)[0].severity == "info"
    assert weigh(draft(bare, invoices=months(12, 12)), [hit], table)[0].points == 90


def test_reviewers_correct_the_table():
    taught = Calibration({"x": 0.8}, learned={"x": (0, 60)})
    # (20 × 0.8 + 0) / (20 + 60)
    assert taught.chance("x", "") == 0.2
    assert Calibration({"x": 0.8}).chance("y", "") == 0.05


def test_table_counts_and_steps_rise():
    chances = count_chances([("x", "a|b", True)] * 4 + [("x", "a|c", False)] * 4)
    assert chances["x|a|b"] > chances["x|a"] > chances["x|a|c"]
    assert isotonic([(0.1, 1), (0.2, 0)]) == ((0.15, 0.5),)


def test_rise_of_the_whole_book_is_policy_and_a_price_of_its_own_is_not():
    # 6.50 → 6.76 is +4 %, ln 1.04 = 0.0392; 30 of 40 other clients moved alike
    drifts = {EDR: Drift(0.0392, 30, 40)}
    raised = found(draft(past(EDR, 12, 6.76), invoices=months(12, 12, 12), drifts=drifts))
    assert raised["history_price"].data["evidence"].startswith("silent|policy")
    alone = found(draft(past(EDR, 12, 7.2), invoices=months(12, 12, 12), drifts=drifts))
    assert alone["history_price"].data["evidence"].startswith("silent|up")
    few = found(draft(past(EDR, 12, 6.76), invoices=months(12, 12, 12), drifts={EDR: Drift(0.0392, 2, 40)}))
    assert few["history_price"].data["evidence"].startswith("silent|up")


def test_raised_as_everybody_though_the_agreement_was_not_touched_yet():
    agreed = (AgreementLine(EDR, "EDR", 12, 6.5, date(2026, 1, 1), None),)
    values = {"invoices": months(12, 12, 12), "agreements": agreed}
    hit = found(draft(past(EDR, 12, 6.76), drifts={0: Drift(0.0392, 30, 40)}, **values))["agreement_price"]
    assert hit.data["evidence"].startswith("policy")
    assert found(draft(past(EDR, 12, 6.76), **values))["agreement_price"].data["evidence"].startswith("off")


def test_metered_quantities_move_by_a_share_of_themselves():
    usage = months(812.4, 903.1, 655.8, 790.2)
    assert "history_quantity" not in found(draft(past(EDR, 1010.3, 6.5), invoices=usage))
    assert "mz" in found(draft(past(EDR, 3102.5, 6.5), invoices=usage))["history_quantity"].data["evidence"]


def test_quarterly_line_is_due_on_the_document_next_to_its_day():
    backup = past(BACKUP, 2, 40.0)
    invoices = months(*[12] * 8)

    def billed(*ago):
        return tuple(replace(i, lines=(*i.lines, backup)) if i.id in ago else i for i in invoices)

    assert "history_line_missing" not in found(draft(past(EDR, 12, 6.5), invoices=billed(8, 5, 2)))
    assert "history_line_missing" in found(draft(past(EDR, 12, 6.5), invoices=billed(6, 3)))


def test_client_left_out_twice_is_still_missed():
    table = Calibration({"missing_invoice|silent|late": 0.7})
    before = months(12, 12, 12, 12)[:-1]
    assert missing_invoice(DAY, ClientHistory((), before), table).chance == 0.7


def test_further_findings_add_a_part_of_what_they_would_alone():
    assert round(joined([60, 20, 10], 0.1), 5) == round(1 - 0.4 * 0.98 * 0.99, 5)


@pytest.mark.parametrize("module", [calibration, stats, weigh_module])
def test_examples(module):
    assert doctest.testmod(module).failed == 0
