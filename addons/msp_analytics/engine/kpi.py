"""The key figures: what each means, and its value from sums. Ratios without a denominator are None (law 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from odoo.addons.msp_billing.engine.money import HUNDRED, ZERO

DSO_DAYS = 90
TOP_CLIENTS = 3


@dataclass(frozen=True)
class Kpi:
    """A definition. ``unit`` is percent, money, days or ratio; ``direction`` up, down or band. A benchmark compares only
    with the same ``version``."""

    key: str
    name: str
    unit: str
    direction: str
    definition: str
    version: int = 1


KPIS = (
    Kpi("gm_blended", "Gross margin", "percent", "up", "(Revenue − labor − direct cost) ÷ revenue × 100, of all that was sold."),
    Kpi("gm_service", "Service margin", "percent", "up",
        "(Service revenue − labor − direct cost of services) ÷ service revenue × 100; without what is resold."),
    Kpi("gm_product", "Product margin", "percent", "up", "(Resale revenue − its cost) ÷ resale revenue × 100."),
    Kpi("ehr", "Effective hourly rate", "money", "up",
        "(Recurring service revenue − products at their sales value) ÷ all hours worked for clients."),
    Kpi("utilisation", "Utilization", "percent", "up",
        "Hours billed or covered ÷ working hours, by their calendars, of all who logged time × 100."),
    Kpi("dso", "DSO", "days", "down", "Receivables ÷ invoiced with tax in the last 90 days × 90."),
    Kpi("ar_61plus", "Over 60 days", "percent", "down", "Open instalments more than 60 days late ÷ all open instalments × 100."),
    Kpi("ar_91plus", "Over 90 days", "percent", "down", "Open instalments more than 90 days late ÷ all open instalments × 100."),
    Kpi("mrr_share", "Recurring share", "percent", "up", "Recurring revenue ÷ revenue × 100."),
    Kpi("top3_concentration", "Three largest clients", "percent", "down", "Revenue of the three largest clients ÷ revenue × 100."),
    Kpi("msp_churn", "Churn, 12 months", "percent", "down",
        "MRR of twelve months ago of clients that have left ÷ MRR of twelve months ago × 100, agreements in company currency."),
    Kpi("grr", "Gross retention, 12 months", "percent", "up",
        "(MRR twelve months ago − contraction − churn) ÷ MRR twelve months ago × 100, agreements in company currency."),
    Kpi("nrr", "Net retention, 12 months", "percent", "up",
        "As gross retention, with expansion of the same clients."),
    Kpi("revenue_growth", "Growth", "percent", "up", "Revenue ÷ revenue of the same months a year before − 1, × 100; unknown while that year is not there in full."),
    Kpi("revenue_per_technician", "Revenue per technician", "money", "up",
        "Service revenue of a year's length ÷ employees who logged time for clients."),
    Kpi("uncosted_share", "Uncosted hours", "percent", "down", "Hours without a cost rate ÷ all hours × 100; they hide cost."),
)  # fmt: skip
BY_KEY = {kpi.key: kpi for kpi in KPIS}
# What others report and is not worked out here; a key that is in neither says itself.
REPORTED = {
    "agreement_efficiency": "Agreement efficiency", "ebitda_adj": "EBITDA, adjusted", "ebitda_hist": "EBITDA, as booked",
    "endpoints_per_tech": "Endpoints per technician", "gm_agreement_target": "Gross margin of agreements",
    "gm_by_line_target": "Gross margin by line of business", "gm_managed_services": "Gross margin of managed services",
    "gm_project": "Gross margin of projects", "hours_per_ticket": "Hours per ticket",
    "late_paid_share": "Share paid late", "leakage": "Work not billed", "net_profit": "Net profit",
    "price_per_device_or_user": "Price per device or user", "price_per_user": "Price per user",
    "revenue_per_employee": "Service revenue per employee", "revenue_per_fte": "Revenue per full-time position",
    "rhem": "Reactive hours per endpoint, a month", "service_wage_multiple": "Revenue per service wage",
    "service_wage_share": "Service wages in revenue", "share_at_loss": "Share that made a loss",
    "tool_cost_share": "Tools in the seat price",
}  # fmt: skip


def name_of(key: str) -> str:
    """How people call a figure, worked out here or only reported.

    >>> name_of("dso"), name_of("ebitda_adj"), name_of("tickets_per_seat")
    ('DSO', 'EBITDA, adjusted', 'Tickets per seat')
    """
    return BY_KEY[key].name if key in BY_KEY else REPORTED.get(key) or key.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Value:
    """A figure with the two sums it is made of; ``number`` None where it is unknown."""

    key: str
    part: Decimal
    whole: Decimal
    number: Decimal | None


def kpi_values(sums: Mapping[str, Decimal]) -> list[Value]:
    """All key figures of a company in the order of ``KPIS``.

    ``sums`` names: revenue, labor_cost, direct_cost, product_revenue, resale_cost, service_recurring, recurring_revenue,
    hours, billable_hours, uncosted_hours, client_hours, capacity_hours, technicians, top_revenue, revenue_before (all of
    the period), period_days, receivable, instalments, late_61, late_91, invoiced_90 (as of the last day), mrr_start,
    mrr_kept, mrr_net, mrr_left (twelve months up to the last day). What is missing counts as nothing known: 0.

    >>> values = {value.key: value for value in kpi_values({"revenue": Decimal(1000), "labor_cost": Decimal(400),
    ...     "direct_cost": Decimal(100), "receivable": Decimal(500), "invoiced_90": Decimal(1500)})}
    >>> values["gm_blended"].number, values["dso"].number, values["utilisation"].number
    (Decimal('50'), Decimal('30'), None)
    """

    def get(name: str) -> Decimal:
        return sums.get(name) or ZERO

    revenue, labor, direct = get("revenue"), get("labor_cost"), get("direct_cost")
    service = revenue - get("product_revenue")
    service_cost = labor + direct - get("resale_cost")
    year = service * 365 / get("period_days") if get("period_days") else ZERO
    parts = {
        "gm_blended": ((revenue - labor - direct), revenue, HUNDRED),
        "gm_service": (service - service_cost, service, HUNDRED),
        "gm_product": (get("product_revenue") - get("resale_cost"), get("product_revenue"), HUNDRED),
        "ehr": (get("service_recurring"), get("client_hours"), Decimal(1)),
        "utilisation": (get("billable_hours"), get("capacity_hours"), HUNDRED),
        "dso": (get("receivable"), get("invoiced_90"), Decimal(DSO_DAYS)),
        "ar_61plus": (get("late_61"), get("instalments"), HUNDRED),
        "ar_91plus": (get("late_91"), get("instalments"), HUNDRED),
        "mrr_share": (get("recurring_revenue"), revenue, HUNDRED),
        "top3_concentration": (get("top_revenue"), revenue, HUNDRED),
        "msp_churn": (get("mrr_left"), get("mrr_start"), HUNDRED),
        "grr": (get("mrr_kept"), get("mrr_start"), HUNDRED),
        "nrr": (get("mrr_net"), get("mrr_start"), HUNDRED),
        "revenue_growth": (revenue - get("revenue_before"), get("revenue_before"), HUNDRED),
        "revenue_per_technician": (year, get("technicians"), Decimal(1)),
        "uncosted_share": (get("uncosted_hours"), get("hours"), HUNDRED),
    }
    values = []
    for kpi in KPIS:
        part, whole, factor = parts[kpi.key]
        # A negative or missing base makes no ratio.
        number = part * factor / whole if whole > ZERO else None
        values.append(Value(kpi.key, part, whole, number))
    return values
