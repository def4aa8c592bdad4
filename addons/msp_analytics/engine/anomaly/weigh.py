"""Findings of all rules → chances: what is the same thing counts once, the rest as independent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from odoo.addons.msp_billing.engine.review.facts import InvoiceFacts
from odoo.addons.msp_billing.engine.review.findings import BLOCKING, INFO, WARNING, Hit

from .calibration import Calibration
from .evidence import HEADER, REPLACED, evidence_of
from .view import View, view_of

#: Findings less likely than this to be an error are not shown, unless a rule of msp_billing found them.
SHOWN = 0.02
WARNED = 0.12
#: Kinds of findings that say the same about a line: the first of a family that was found stays.
FAMILIES = (
    ("zero_line", "history_price"),
    ("price_off_contract", "agreement_price", "price_off_resolver", "history_price"),
    ("quantity_off_contract", "agreement_quantity", "history_quantity"),
    ("vanished_line", "agreement_line_missing", "history_line_missing"),
    ("missing_tax", "wrong_tax", "history_tax"),
    ("ended_agreement", "agreement_over"),
    ("duplicate_line", "repeated_line"),
    ("duplicate", "same_period"),
    ("history_price", "peer_price"),
    ("unbilled_time", "time_against_billed"),
)
TOTALS = {"history_total", "total_band", "zero_total"}
TIME = {"unbilled_time", "time_against_billed"}
#: Counted, not estimated: billable time of the agreement that is on no invoice. However rarely it turns out to be an
#: error, it is money left behind, so it keeps its severity and is never approved with the clean ones.
COUNTED = {"unbilled_time"}
#: Not so where the draft bills as many hours on a line that is typed: the time lacks its link, the client no bill.
COVERED = {"covered", "linked|typed"}
#: A finding about less than this share of its invoice does not stop it, however certain: a person's stop is for what is
#: sure and costs. It gets at most these points, which end below the score of the highest band (see anomaly_fit.py).
MATERIAL = 0.05
IMMATERIAL_POINTS = 98
#: Compared with what the catalogue says today: nothing to show of a client that has paid otherwise all along.
HABITS = {"price_off_resolver"}
#: What other clients pay is no evidence about this one's agreement: looked at, never stopped.
HEARSAY = {"peer_price"}


def group_of(hit: Hit, view: View | None) -> str:
    """What a finding is about, so that two findings about one thing count once."""
    if hit.code in TIME:
        return "hours"
    if hit.code in TOTALS:
        return "total"
    if hit.code in HEADER:
        return hit.code
    if hit.code in ("duplicate", "same_period"):
        return "period"
    return view.key_of(hit.subject, hit.line_id) if view else hit.subject


def rate(invoice: InvoiceFacts, hits: Iterable[Hit], table: Calibration) -> list[tuple[str, str, float, Hit]]:
    """Findings with their group, evidence and chance; those that statistics replace are left out."""
    view = view_of(invoice)
    rated = []
    for hit in hits:
        if view and view.invoices and hit.code in REPLACED:
            continue
        group = group_of(hit, view)
        evidence = evidence_of(hit, group, invoice, view)
        rated.append((group, evidence, table.chance(hit.code, evidence), hit))
    return rated


def weigh(invoice: InvoiceFacts, hits: Sequence[Hit], table: Calibration) -> list[Hit]:
    """The findings with the points that make the score a chance in percent.

    The most likely finding of a group has the group's points, the others none: when it is called
    expected, the whole group is silent. A total is explained by whatever is wrong with a line.
    """
    rated = _without_echoes(rate(invoice, hits, table))
    best: dict[str, tuple[float, Hit]] = {}
    for group, _evidence, chance, hit in rated:
        if group not in best or chance > best[group][0]:
            best[group] = (chance, hit)
    explained = max((c for group, (c, hit) in best.items() if group != "total" and hit.code not in HEADER), default=0.0)
    result = []
    for group, evidence, chance, hit in rated:
        leads = best[group][1] is hit and not (group == "total" and explained >= 0.5 * chance)
        statistical = "evidence" in hit.data or _is_habit(hit, evidence)
        if statistical and (chance < SHOWN or not leads and chance < WARNED):
            continue
        result.append(
            replace(
                hit,
                points=_points(hit, chance, invoice) if leads else 0,
                severity=_severity(hit, chance, leads, evidence),
                data={**hit.data, "evidence": evidence, "chance": round(chance, 3)},
            )
        )
    return result


def _is_habit(hit: Hit, evidence: str) -> bool:
    """Off the list price by as much as last time: a client with prices of its own, and no news."""
    return hit.code in HABITS and hit.severity == INFO and evidence.startswith("kept")


def _points(hit: Hit, chance: float, invoice: InvoiceFacts) -> int:
    points = points_of(chance, hit.amount, invoice.untaxed)
    return min(points, IMMATERIAL_POINTS) if hit.code in HEARSAY else points


def points_of(chance: float, amount: float, untaxed: float) -> int:
    """The chance in percent; at most ``IMMATERIAL_POINTS`` where little money is at stake.

    :param amount: what the finding is about; 0: not known
    :param untaxed: of the invoice as it is; measured is by the larger one of this and what it would be without the error

    >>> points_of(0.995, 50.0, 1000.0), points_of(0.995, 20.0, 1000.0), points_of(0.5, 20.0, 1000.0)
    (100, 98, 50)
    """
    points = round(100 * chance)
    whole = max(abs(untaxed), abs(untaxed - amount))
    return min(points, IMMATERIAL_POINTS) if amount and abs(amount) < MATERIAL * whole else points


def _without_echoes(rated: list) -> list:
    """One finding of a family for each group; of two the more likely one."""
    dropped = set()
    for family in FAMILIES:
        by_group: dict[str, list] = {}
        for entry in rated:
            if entry[3].code in family:
                by_group.setdefault(entry[0], []).append(entry)
        for entries in by_group.values():
            if len({entry[3].code for entry in entries}) > 1:
                top = max(entries, key=lambda entry: (entry[2], -family.index(entry[3].code)))
                dropped |= {id(entry) for entry in entries if entry[3].code != top[3].code}
    return [entry for entry in rated if id(entry) not in dropped]


def _severity(hit: Hit, chance: float, leads: bool, evidence: str) -> str:
    if hit.severity == BLOCKING or hit.code in HEADER or hit.code in COUNTED and evidence not in COVERED:
        return hit.severity
    return WARNING if chance >= WARNED else INFO


def combine(points: Iterable[int], table: Calibration) -> int:
    """The score of a draft: chance in percent that something is wrong with it.

    1 − (1 − p₁) ∏(1 − λ pᵢ) over the groups, the strongest first, λ being the table's overlap; then corrected by
    what was observed for such combinations.

    >>> combine([50, 50], Calibration({})), combine([], Calibration({}))
    (75, 0)
    """
    return round(100 * table.whole(joined(points, table.overlap)))


def joined(points: Iterable[int], overlap: float) -> float:
    """The combined chance before the correction.

    >>> round(joined([50, 20], 0.5), 2)
    0.55
    """
    right, weight = 1.0, 1.0
    for value in sorted(points, reverse=True):
        right *= 1 - weight * min(value, 100) / 100
        weight = overlap
    return 1 - right
