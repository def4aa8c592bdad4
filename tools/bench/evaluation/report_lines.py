"""The reports of the reports centre as the bench reads them, each beside the plain query of the same figures.

A report that only lists what is written down one by one (runs, problems, price changes, disputes, reminders that went
out, alerts, checks, benchmarks, month closings, the months of a forecast) works nothing out and has no line: all there is
to measure is what Odoo needs for any reading, a quarter of a millisecond for a forecast's twelve rows. The forecast is
timed by its chart.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import plain_reports as plain  # beside this file: the bench puts its folder on the path
from odoo import fields
from odoo.tools import SQL

SUMS = ["revenue:sum", "labor_cost:sum", "direct_cost:sum", "hours:sum"]


class Line(NamedTuple):
    """``figures`` are the last columns of both; the keys before them may differ in kind."""

    report: Callable[[], list[tuple]]
    plain: SQL
    figures: int


def lines(env, day: date) -> dict[str, Line]:
    """All reports by name."""
    return {**_margins(env), **_billing(env), **_receivables(env, day), **_forecasts(env, day), **_prepaid(env)}


def from_documents(env) -> dict[str, Line]:
    """Those of margin, which months that are summed up make quicker."""
    return {f"{name}_from_documents": line for name, line in _margins(env).items()}


def _margins(env):
    domain = [("company_id", "=", env.company.id)]
    client, item = env["msp.client.profitability"], env["msp.profitability.item"]
    cuts = {
        "client": (client, ["partner_id"], "partner_id"),
        "client_and_month": (client, ["partner_id", "month:month"], "partner_id, month"),
        "month": (client, ["month:month"], "month"),
        "product": (item, ["product_id"], "product_id"),
        "subscription": (item, ["subscription_id"], "subscription_id"),
    }
    found = {
        f"margin_by_{name}": Line(
            lambda model=model, groupby=groupby: model._read_group(domain, groupby, SUMS),
            SQL(
                "SELECT %(keys)s, SUM(revenue), SUM(labor), SUM(cost), SUM(hours) FROM (%(margin)s) f GROUP BY %(keys)s",
                keys=SQL(keys),
                margin=plain.margin(),
            ),
            4,
        )
        for name, (model, groupby, keys) in cuts.items()
    }
    found["effective_hourly_rate_by_client"] = Line(
        lambda: client._read_group(domain, ["partner_id"], ["effective_hourly_rate:avg"]),
        SQL("SELECT partner_id, SUM(revenue) / NULLIF(SUM(hours), 0) FROM (%s) f GROUP BY 1", plain.margin()),
        1,
    )
    return found


def _billing(env):
    company = ("company_id", "=", env.company.id)
    unbilled = [company, ("project_id", "!=", False), ("billing_state", "!=", "billed")]
    return {
        "mrr_by_month_and_kind": Line(
            lambda: env["msp.mrr.movement"]._read_group([company], ["month:month", "kind"], ["amount:sum"]),
            plain.recurring_revenue(),
            1,
        ),
        "recurring_revenue_by_product": Line(
            lambda: env["msp.subscription.line"]._read_group([company], ["product_id"], ["recurring_monthly:sum"]),
            plain.recurring_today(env.company.id),
            1,
        ),
        "charges_by_product_and_kind": Line(
            lambda: env["msp.billing.charge"]._read_group([company], ["product_id", "kind"], ["amount:sum"]),
            plain.charges(env.company.id),
            1,
        ),
        "unbilled_time_by_client_and_state": Line(
            lambda: env["account.analytic.line"]._read_group(
                unbilled, ["billing_partner_id", "billing_state"], ["unit_amount:sum"]
            ),
            plain.unbilled_time(env.company.id),
            1,
        ),
        "counts_beside_billed_by_product": Line(
            lambda: env["msp.count.status"]._read_group(
                [company], ["product_id"], ["quantity:sum", "quantity_billed:sum"]
            ),
            plain.counts(env.company.id),
            2,
        ),
    }


def _receivables(env, day):
    domain = [("company_id", "=", env.company.id)]
    aging, past = env["msp.ar.aging"], day - timedelta(days=90)
    first = fields.Date.subtract(day.replace(day=1), years=1)
    last = day.replace(day=1) - timedelta(days=1)

    def figures(*keys):
        rows = env["msp.kpi"].search_fetch([*domain, ("kpi", "in", keys)], ["kpi", "value"])
        return [(row.kpi, row.value) for row in rows]

    def ages(on):
        return aging.with_context(as_of=on)._read_group(domain, ["partner_id", "aging_bucket"], ["amount:sum"])

    return {
        "aging_by_client_and_bucket": Line(lambda: ages(day), plain.aging(day), 1),
        "aging_of_a_past_day": Line(lambda: ages(past), plain.aging(past), 1),
        "whom_to_call_by_client": Line(
            lambda: env["msp.dunning.client"]._read_group(domain, ["partner_id"], ["amount_company:sum"]),
            plain.overdue(day),
            1,
        ),
        "dso": Line(lambda: figures("dso"), plain.days_of_sales(last), 1),
        "gross_margin_and_dso": Line(
            lambda: figures("gm_blended", "dso"),
            SQL("%s UNION ALL %s", plain.gross_margin(first, last), plain.days_of_sales(last)),
            1,
        ),
    }


def _forecasts(env, day):
    """The chart: what is expected beside what was invoiced."""
    company, first = env.company, day.replace(day=1)
    since = fields.Date.subtract(first, years=1)

    def chart():
        dashboard = env["msp.finops.dashboard"]
        found = dashboard._dashboard_forecast(dashboard._dashboard_scope({}), {})
        return [
            *((row["month"], row["value"]) for row in found["actual"]),
            *((row["month"], row["expected"]) for row in found["expected"]),
        ]

    return {
        "forecast_beside_invoiced_by_month": Line(
            chart, plain.forecast_beside_invoiced(company.id, company.currency_id.id, since, first), 1
        ),
    }


def _prepaid(env):
    company = ("company_id", "=", env.company.id)
    dialog = env["msp.retainer.rollforward"].new({})
    first, last = dialog._period()

    def rolled():
        summed, _tie = dialog._totals(first, last)
        return [(summed.opening, *summed.sums, summed.closing)]

    def rolled_by_block():
        rolls, _tie = dialog._rolls(first, last)
        return [(roll.key, roll.opening, roll.closing) for roll in rolls]

    return {
        "prepaid_hours_by_client": Line(
            lambda: env["msp.retainer"]._read_group(
                [company, ("state", "=", "active")], ["partner_id"], ["hours_remaining:sum"]
            ),
            plain.prepaid_hours(env.company.id),
            1,
        ),
        "prepaid_entries_by_kind": Line(
            lambda: env["msp.retainer.entry"]._read_group(
                [("retainer_id.company_id", "=", env.company.id)], ["kind"], ["minutes:sum"]
            ),
            plain.prepaid_entries(env.company.id),
            1,
        ),
        "prepaid_roll_forward": Line(rolled, plain.roll_forward(env.company.id, first, last), 7),
        "prepaid_roll_forward_by_block": Line(
            rolled_by_block, plain.roll_forward_by_block(env.company.id, first, last), 2
        ),
    }
