"""Agreements of the third world in Odoo: made as signed, then changed by date as the world went on."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from odoo.addons.msp_billing.models.subscription_change import LineChange
from odoo.fields import Command

from .services import between


class Agreements:
    """One subscription a client, length of period and month in which it begins.

    ``first``: a subscription by client's number; ``lines``: the line in force by (client, item)
    """

    def __init__(self, env, products):
        self.env, self.products = env, products
        self.first, self.lines, self.services = {}, {}, {}

    def make(self, cases, partners):
        for case in cases:
            groups = defaultdict(list)
            for service in case.client_world.services:
                if service.record:
                    self.services[case.client, service.item] = service
                    groups[service.months, between(case.month, service.phase) % service.months].append(service)
            for (months, _phase), services in sorted(groups.items()):
                self._subscription(case, partners[case.client], months, services)
        self._changes(cases)

    def _subscription(self, case, partner, months, services):
        ours = [service.record[0] for service in services]
        subscription = self.env["msp.subscription"].create(
            {
                "partner_id": partner.id,
                "date_start": min(version.start for version in ours),
                "anchor_day": 1,
                "interval_count": months,
                "interval_unit": "month",
                "labor_coverage": "time_material" if case.client_world.hourly else "all_inclusive",
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.products[version.product.id].id,
                            "name": version.label,
                            "quantity": version.quantity,
                            "price_unit": version.price,
                            "discount": version.discount,
                            "date_start": version.start,
                        }
                    )
                    for version in ours
                ],
            }
        )
        subscription.action_activate()
        self.first.setdefault(case.client, subscription)
        for service, line in zip(services, subscription.line_ids.sorted("id"), strict=True):
            self.lines[case.client, service.item] = line
            if service.counted:
                # The first count is the one of the day it was signed.
                line.sudo().write({"source_ref": "rmm"})

    def _changes(self, cases):
        """All changes of a day in one go; what only changes a count comes as a count."""
        by_day, ends = defaultdict(list), []
        for case in cases:
            for service in case.client_world.services:
                for before, version in zip(service.record, service.record[1:], strict=False):
                    by_day[version.start].append((case.client, service, before, version))
                if service.record and service.record[-1].end:
                    ends.append((case.client, service.item, service.record[-1].end))
        for day in sorted(by_day):
            self._change(day, by_day[day])
        for client, item, end in ends:
            self.lines[client, item].end(end, reason="ended")

    def _change(self, day, changes):
        counts, others = [], []
        for client, service, before, version in changes:
            line = self.lines[client, service.item]
            only = (before.price, before.discount) == (version.price, version.discount)
            if service.counted and only:
                counts.append((client, service.item, line, version.quantity))
            else:
                values = {"quantity": version.quantity, "price_unit": version.price, "discount": version.discount}
                source = "rmm" if service.counted else None
                others.append((client, service.item, LineChange(line, day, values, "terms changed", source)))
        self._sync([(client, item, line, quantity, day) for client, item, line, quantity in counts])
        made = self.env["msp.subscription.line"]._apply_changes([change for _c, _i, change in others])
        for (client, item, _change), line in zip(others, made, strict=True):
            self.lines[client, item] = line
        for client, service, _before, version in changes:
            line = self.lines[client, service.item]
            if line.name != version.label:
                line.name = version.label

    def _sync(self, counts):
        if not counts:
            return
        results = self.env["msp.subscription"].sync_quantities(
            [
                {
                    "subscription": line.subscription_id.id,
                    "product": line.product_id.id,
                    "quantity": quantity,
                    "date": day.isoformat(),
                    "source": "rmm",
                }
                for _client, _item, line, quantity, day in counts
            ]
        )
        for (client, item, line, quantity, day), result in zip(counts, results, strict=True):
            if result["status"] not in ("changed", "unchanged"):
                raise ValueError(f"count of {line.name} of client {client}: {quantity} on {day}: {result}")
            self.lines[client, item] = line.browse(result["line_id"])

    def late(self, cases):
        """What was told after the run: counts, and ends."""
        counts = []
        for case in cases:
            for item, (quantity, day) in case.late_counts.items():
                counts.append((case.client, item, self.lines[case.client, item], quantity, day))
            for item, end in case.late_ends.items():
                line = self.lines[case.client, item]
                start = line.date_start or line.subscription_id.date_start
                line.end(max(end, start - timedelta(days=1)), reason="ended")
        self._sync(counts)
