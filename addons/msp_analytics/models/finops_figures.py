from collections import defaultdict
from decimal import Decimal

from odoo import fields, models

from ..engine.benchmarks import best_match, compare
from ..engine.kpi import BY_KEY, kpi_values
from .finops_dashboard import TREND_MONTHS
from .kpi import SUMS

BENCHMARKS = ("gm_blended", "gm_service", "gm_product", "utilisation", "dso", "ar_91plus", "mrr_share", "top3_concentration", "revenue_growth")  # fmt: skip
CLIENTS = 5


class MspFinopsDashboard(models.AbstractModel):
    """Tiles, margins and benchmarks."""

    _inherit = "msp.finops.dashboard"

    def _dashboard_figures(self, scope):
        """Margin by client, and the sums of the key figures over the companies shown."""
        Kpi = self.env["msp.kpi"]
        (by_client, by_month), aging = Kpi._margin_rows(), Kpi._aging_rows()
        sums = defaultdict(Decimal)
        for found in Kpi._sums_of(by_client, by_month, aging).values():
            for name, value in found.items():
                sums[name] = value if name == "period_days" else sums[name] + value
        return {
            "clients": self._sum_clients(by_client),
            "sums": sums,
            "values": {value.key: value for value in kpi_values(sums)},
            # One company is shown, as of today, as the key figures are.
            "aging": [row[1:] for row in aging],
        }

    def _sum_clients(self, by_client):
        """Sums by client over the companies shown: they keep their books in one currency."""
        clients = {}
        for _company, partner, *values in by_client:
            row = clients.setdefault(partner, dict.fromkeys(SUMS, 0.0))
            for name, value in zip(SUMS, values, strict=True):
                row[name] += float(value or 0)
        for row in clients.values():
            row["margin"] = row["revenue"] - row["labor_cost"] - row["direct_cost"]
        return clients

    def _margin_domain(self, scope):
        return [
            scope["company"],
            ("month", ">=", self._day(scope["start"].replace(day=1))),
            ("month", "<=", self._day(scope["end"])),
        ]

    # -------------------------------------------------------------------- tiles

    def _dashboard_tiles(self, scope, figures, movements):
        """The second row. Override to add a tile. Returns dicts with ``measure``, what the list behind it adds up."""
        return [
            self._tile_mrr(scope, movements),
            self._tile_receivables(scope, figures),
            self._tile_kpi(scope, figures, "dso"),
            self._tile_margin(scope, figures),
            self._tile_rate(scope, figures),
            *self._tile_retainers(scope),
        ]

    def _tile_mrr(self, scope, movements):
        Line = self.env["msp.subscription.line"]
        domain = [scope["company"], ("state", "!=", "draft"), ("recurring_monthly", "!=", 0)]
        groups = dict(Line._read_group(domain, ["currency_id"], ["recurring_monthly:sum"]))
        shown, name = scope["mrr_currency"], self.env._("Monthly recurring revenue")

        def window(currency):
            return self._window(name, "msp.subscription.line", [*domain, ("currency_id", "=", currency.id)])

        return {
            "key": "mrr", "title": self.env._("MRR"), "unit": "money", "currency_id": shown.id,
            "value": groups.get(shown, 0.0), "measure": "recurring_monthly:sum", "action": window(shown),
            "trend": self._mrr_trend(scope, movements), "note": self.env._("today; last 12 months"),
            "sub": [
                {"key": f"mrr_{currency.name}", "label": "", "unit": "money", "currency_id": currency.id, "value": amount,
                 "measure": "recurring_monthly:sum", "action": window(currency)}
                for currency, amount in groups.items() if currency != shown and not scope["chosen_currency"]
            ],
        }  # fmt: skip

    def _mrr_trend(self, scope, movements):
        """MRR at the end of each of the last months, today last."""
        first = scope["today"].replace(day=1)
        ends = [fields.Date.subtract(first, months=back) for back in range(TREND_MONTHS, -1, -1)]
        return [
            {
                "label": self._day(end),
                "value": round(sum(amount for month, _kind, amount in movements if month <= end), 2),
            }
            for end in ends
        ]

    def _tile_receivables(self, scope, figures):
        total = sum(amount for _kind, _bucket, amount in figures["aging"])
        overdue = sum(
            amount for kind, bucket, amount in figures["aging"] if kind == "instalment" and bucket != "not_due"
        )
        context, company = {"as_of": self._day(scope["today"])}, scope["company"]
        late = [company, ("kind", "=", "instalment"), ("aging_bucket", "!=", "not_due")]
        name = self.env._("Receivables")
        return {
            "key": "ar", "title": name, "unit": "money", "currency_id": scope["currency"].id, "value": total,
            "measure": "amount:sum", "note": self.env._("today, at the booked rate"),
            "action": self._window(name, "msp.ar.aging", [company], context, ("list", "pivot", "graph")),
            "sub": [
                {"key": "overdue", "label": self.env._("overdue"), "unit": "money", "currency_id": scope["currency"].id,
                 "value": overdue, "measure": "amount:sum", "is_warning": overdue > 0,
                 "action": self._window(self.env._("Overdue"), "msp.ar.aging", late, context, ("list", "pivot", "graph"))}
            ],
        }  # fmt: skip

    def _tile_kpi(self, scope, figures, key):
        kpi, value = BY_KEY[key], figures["values"][key]
        return {
            "key": key, "title": kpi.name, "unit": kpi.unit, "currency_id": scope["currency"].id,
            "value": _number(value.number), "help": kpi.definition, "measure": "value", "note": self.env._("today"),
            "action": self._window(
                kpi.name, "msp.kpi", [scope["company"], ("kpi", "=", key)], self._kpi_context(scope)
            ),
        }  # fmt: skip

    def _tile_margin(self, scope, figures):
        tile = self._tile_of_margin(scope, figures, "gm_blended", "margin_percent:avg")
        target = scope["companies"].msp_target_margin
        uncosted = sum(row["uncosted_hours"] for partner, row in figures["clients"].items() if partner)
        tile["note"] = self.env._("target %s %%", f"{target:g}")
        if uncosted:
            tile["warning"] = self.env._("%s h are uncosted: the true margin is lower", f"{uncosted:.1f}")
        return tile

    def _tile_rate(self, scope, figures):
        tile = self._tile_of_margin(scope, figures, "ehr", "effective_hourly_rate:avg")
        target = scope["companies"].msp_target_hourly_rate
        tile["note"] = (
            self.env._("target %s", scope["currency"].format(target)) if target else self.env._("all clients")
        )
        return tile

    def _tile_of_margin(self, scope, figures, key, measure):
        kpi, value = BY_KEY[key], figures["values"][key]
        return {
            "key": key, "title": kpi.name, "unit": kpi.unit, "currency_id": scope["currency"].id,
            "value": _number(value.number), "help": kpi.definition, "measure": measure,
            "action": self._window(
                kpi.name, "msp.client.profitability", [*self._margin_domain(scope), ("partner_id", "!=", False)],
                {"group_by": ["partner_id"]}, ("list", "pivot", "graph", "form"),
            ),
        }  # fmt: skip

    def _tile_retainers(self, scope):
        """Prepaid hours that clients have left, where blocks are sold."""
        if "msp.retainer" not in self.env or "hours_remaining" not in self.env["msp.retainer"]._fields:
            return []
        Retainer, name = self.env["msp.retainer"], self.env._("Prepaid hours")
        domain = [("state", "=", "active")]
        if "company_id" in Retainer._fields:
            domain.append(scope["company"])
        if Retainer._fields["hours_remaining"].store:
            ((hours,),) = Retainer._read_group(domain, [], ["hours_remaining:sum"])
        else:
            hours = sum(Retainer.search(domain).mapped("hours_remaining"))
        return [
            {
                "key": "prepaid", "title": name, "unit": "hours", "value": hours or 0.0, "measure": "hours_remaining:sum",
                "note": self.env._("left on active blocks"), "action": self._window(name, "msp.retainer", domain),
            }
        ]  # fmt: skip

    # ------------------------------------------------------------------ clients

    def _dashboard_clients(self, scope, figures):
        """Best and worst by margin, and whose hours have no cost."""
        named = [(partner, row) for partner, row in figures["clients"].items() if partner]
        sold = sorted(
            (pair for pair in named if pair[1]["revenue"] or pair[1]["margin"]), key=lambda pair: pair[1]["margin"]
        )
        half = min(CLIENTS, (len(sold) + 1) // 2)
        best, worst = list(reversed(sold))[:half], sold[: min(CLIENTS, len(sold) - half)]
        uncosted = sorted(figures["clients"].items(), key=lambda pair: -pair[1]["uncosted_hours"])
        names = self.env["res.partner"].union(
            *(partner for partner, _row in (*best, *worst, *uncosted[:CLIENTS]) if partner)
        )
        # Of these few, not of all clients whose figures were read with theirs.
        names.mapped("display_name")
        return {
            "has_hours": any(row["hours"] for row in figures["clients"].values()),
            "best": [self._client_row(scope, partner, row, "margin") for partner, row in best],
            "worst": [self._client_row(scope, partner, row, "margin") for partner, row in worst],
            "uncosted": [
                self._client_row(scope, partner, row, "uncosted_hours")
                for partner, row in uncosted[:CLIENTS]
                if row["uncosted_hours"] > 0
            ],
        }

    def _client_row(self, scope, partner, row, measure):
        name = partner.display_name if partner else self.env._("Internal work")
        domain = [*self._margin_domain(scope), ("partner_id", "=", partner.id if partner else False)]
        return {
            "id": partner.id if partner else 0, "name": name, "value": round(row[measure], 2), "measure": f"{measure}:sum",
            "percent": round(100 * row["margin"] / row["revenue"], 1) if row["revenue"] > 0 else False,
            "uncosted": round(row["uncosted_hours"], 2), "hours": round(row["hours"], 2),
            "action": self._window(name, "msp.client.profitability", domain, {}, ("list", "pivot", "graph", "form")),
        }  # fmt: skip

    # --------------------------------------------------------------- benchmarks

    def _kpi_context(self, scope):
        return {name: scope["context"][name] for name in ("kpi_from", "kpi_to", "kpi_as_of")}

    def _dashboard_benchmarks(self, scope, figures):
        """Our figures beside those of peers, with who says so."""
        company = scope["companies"]
        # Benchmarks are no secret of a company that may see its figures.
        records = self.env["msp.kpi.benchmark"].sudo()
        rows = records.search([("company_id", "in", (False, company.id)), ("kpi", "in", BENCHMARKS)])._facts()
        names = dict(records._fields["confidence"]._description_selection(self.env))
        bars = []
        for key in BENCHMARKS:
            kpi, value = BY_KEY[key], figures["values"][key]
            row = best_match(rows, kpi, company.msp_peer_segment or "", scope["currency"].name)
            if not row:
                continue
            comparison = compare(value.number, row)
            bars.append(
                {
                    "key": key, "name": kpi.name, "unit": kpi.unit, "direction": kpi.direction, "help": kpi.definition,
                    "value": _number(value.number), "low": _number(comparison.low), "middle": _number(comparison.middle),
                    "high": _number(comparison.high), "verdict": comparison.verdict, "text": comparison.text,
                    "source": row.source, "year": row.year, "confidence": names[row.confidence], "measure": "value",
                    "action": self._window(
                        kpi.name, "msp.kpi", [scope["company"], ("kpi", "=", key)], self._kpi_context(scope)
                    ),
                }
            )  # fmt: skip
        return bars


def _number(value):
    return False if value is None else float(value)
