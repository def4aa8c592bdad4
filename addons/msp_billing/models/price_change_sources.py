"""Overrides and catalogue prices as facts, with the subscription lines that follow them."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import models
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..engine.money import to_decimal
from ..engine.price_change.decide import Candidate
from ..engine.pricing import FIXED, PriceRequest
from .price_change_facts import Foreign, Found


class MspPriceChange(models.Model):
    _inherit = "msp.price.change"

    # --------------------------------------------------------------- overrides

    def _override_scope(self):
        """The overrides in scope; kinds and conditions of subscription lines do not narrow them."""
        day = self.effective_date
        domain = (
            Domain("company_id", "=", self.company_id.id)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day))
            & self._client_domain("partner_id")
        )
        if self.product_ids:
            domain &= Domain("product_id", "in", self.product_ids.ids) | Domain(
                "product_tmpl_id", "in", self.product_ids.product_tmpl_id.ids
            )
        for name, records in (("categ_id", self.categ_ids), ("seller_ids.partner_id", self.vendor_ids)):
            if records:
                operator = "child_of" if name == "categ_id" else "in"
                found = Domain(f"product_id.product_tmpl_id.{name}", operator, records.ids)
                found |= Domain(f"product_tmpl_id.{name}", operator, records.ids)
                if name == "categ_id":
                    found |= Domain("categ_id", operator, records.ids)
                domain &= found
        return domain

    def _found_overrides(self, overrides):
        """Client prices as facts. Returns a list of ``Found``."""
        raised = self._overrides_raised(overrides)
        others = self._other_changes("override_id", overrides.ids)
        price_step = self._price_step()
        # Percentages have a currency as well; it means nothing.
        return [
            Found(
                Candidate(
                    kind="override",
                    id=override.id,
                    price=to_decimal(override.value),
                    currency_id=override.currency_id.id,
                    currency_step=to_decimal(override.currency_id.rounding),
                    price_step=min(price_step, _last_digit(override.value)),
                    start=override.date_start or None,
                    end=override.date_end or None,
                    raised_on=raised.get(override.id),
                    pass_through=(override.product_id or override.product_tmpl_id).msp_pass_through,
                    other_change=others.get(override.id, ""),
                    calculated=override.compute != FIXED,
                ),
                {
                    "kind": "override",
                    "override_id": override.id,
                    "partner_id": override.partner_id.commercial_partner_id.id,
                    "product_id": override.product_id.id,
                    "description": (override.product_id or override.product_tmpl_id or override.categ_id).display_name,
                },
            )
            for override in overrides
        ]

    def _overrides_raised(self, overrides):
        """The day on which an override took over from a lower one, by id."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT override.id, override.date_start
                  FROM msp_price_override override
                  JOIN msp_price_override before
                    ON before.company_id = override.company_id AND before.partner_id = override.partner_id
                   AND before.product_id IS NOT DISTINCT FROM override.product_id
                   AND before.product_tmpl_id IS NOT DISTINCT FROM override.product_tmpl_id
                   AND before.categ_id IS NOT DISTINCT FROM override.categ_id
                   AND before.min_quantity = override.min_quantity AND before.currency_id = override.currency_id
                   AND before.compute = 'fixed' AND before.date_end = override.date_start - 1
                   AND before.value < override.value
                 WHERE override.compute = 'fixed' AND override.id = ANY(%s)
                """,
                overrides.ids,
            )
        )
        return dict(rows)

    def _other_changes(self, column, ids):
        """Names of other changes that these records are part of, by id."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT other.%(column)s, MIN(change.name)
                  FROM msp_price_change_line other JOIN msp_price_change change ON change.id = other.change_id
                 WHERE other.%(column)s = ANY(%(ids)s) AND other.change_id <> %(change)s AND other.included
                   AND (other.outcome = 'pending' AND change.state = 'scheduled' OR other.outcome = 'waiting'
                        OR other.outcome = 'applied' AND other.effective_date >= %(day)s)
              GROUP BY other.%(column)s
                """,
                column=SQL.identifier(column),
                ids=list(ids),
                change=self.id,
                day=self.effective_date,
            )
        )
        return dict(rows)

    # --------------------------------------------------------------- catalogue

    def _catalogue_scope(self):
        return (
            self._product_domain()
            & Domain("sale_ok", "=", True)
            & Domain("company_id", "in", (False, self.company_id.id))
        )

    def _found_catalogue(self, templates):
        """Catalogue prices as facts. Returns a list of ``Found``."""
        raised = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT product_tmpl_id, MAX(effective_date) FROM msp_price_change_line
                     WHERE product_tmpl_id = ANY(%s) AND outcome = 'applied' AND new_price > old_price
                  GROUP BY product_tmpl_id
                    """,
                    templates.ids,
                )
            )
        )
        others = self._other_changes("product_tmpl_id", templates.ids)
        return [
            Found(
                Candidate(
                    kind="catalogue",
                    id=template.id,
                    price=to_decimal(template.list_price),
                    currency_id=template.currency_id.id,
                    currency_step=to_decimal(template.currency_id.rounding),
                    price_step=self._price_step(),
                    raised_on=raised.get(template.id),
                    pass_through=template.msp_pass_through,
                    other_change=others.get(template.id, ""),
                ),
                {"kind": "catalogue", "product_tmpl_id": template.id, "description": template.display_name},
            )
            for template in templates.with_company(self.company_id)
        ]

    # --------------------------------------------------------------- followers

    def _attach_followers(self, rows, sources):
        """Give each source the running lines that take their price from it, and their locks.

        :param rows: ``LineRow`` of lines in catalogue mode
        :param sources: list of ``Found``
        :return: ids of the lines that were given to a source; and the prices of all by line id
        """
        counting = [row for row in rows if self._counts(row)]
        answers = self._answers(counting)
        costs, steps = self._unit_costs(counting), self._steps(counting)
        foreign = self._foreign(counting, sources)
        templates = {
            p.id: p.product_tmpl_id.id for p in self.env["product.product"].browse({r.product_id for r in counting})
        }
        by_key = {(found.candidate.kind, found.candidate.id): found for found in sources}
        locks, clients, attached = {}, defaultdict(set), set()
        for row, answer in zip(counting, answers, strict=True):
            keys = self._source_keys(answer, templates[row.product_id])
            key = next((key for key in keys if key in by_key), None)
            if not key:
                continue
            found = by_key[key]
            if key[0] == "catalogue":
                clients[key].add(row.client_id)
            if row.locked_until and row.locked_until >= locks.get(key, (row.locked_until, ""))[0]:
                locks[key] = (row.locked_until, row.subscription_name)
            price = to_decimal(round(answer.price, 8))
            # A price in another currency follows at the rate of the change's day.
            rate = foreign.get((row.currency_id, found.candidate.currency_id))
            found.followers.append(self._follower(row, self._schedule_of(row), steps, costs, price, rate))
            attached.add(row.id)
        for key, (day, name) in locks.items():
            by_key[key].candidate = _locked(by_key[key].candidate, day, name)
        for key, ids in clients.items():
            by_key[key].vals["follower_ids"] = [Command.set(sorted(ids))]
        for found in sources:
            found.vals["quantity"] = float(sum(f.quantity for f in found.followers))
        return attached, {row.id: answer.price for row, answer in zip(counting, answers, strict=True)}

    def _answers(self, rows):
        requests = [
            PriceRequest(
                partner_id=row.partner_id,
                product_id=row.product_id,
                quantity=float(row.quantity),
                date=self.effective_date,
                currency_id=row.currency_id,
                company_id=self.company_id.id,
            )
            for row in rows
        ]
        return self.env["msp.price.resolver"]._resolve(requests) if requests else []

    def _foreign(self, rows, sources):
        """How to turn a line's currency into the one of the price it follows, at the rate of the change's day.

        :return: dict of ``Foreign`` by (currency id of the line, of the price), where the two differ
        """
        currencies = self.env["res.currency"]
        targets = {found.candidate.currency_id for found in sources}
        pairs = {(own, other) for own in {row.currency_id for row in rows} for other in targets}
        return {
            (own, other): Foreign(
                own,
                to_decimal(
                    currencies._get_conversion_rate(
                        currencies.browse(own), currencies.browse(other), self.company_id, self.effective_date
                    )
                ),
                to_decimal(currencies.browse(other).rounding),
            )
            for own, other in pairs
            if own != other
        }

    @staticmethod
    def _source_keys(answer, template_id):
        """The prices that this one is or is taken from, the nearest first; a discount follows the catalogue."""
        if answer.price is None:
            return []
        keys = [("catalogue", template_id)] if "catalogue" in (answer.source, answer.base) else []
        return [*keys, ("override", answer.override_id)] if answer.override_id else keys


def _last_digit(value):
    """The step of a price's last decimal: 0.001 for 0.045, 1 for 40."""
    exponent = round(to_decimal(value), 6).normalize().as_tuple().exponent
    return Decimal(1).scaleb(min(exponent, 0))


def _locked(candidate, day, name):
    return replace(candidate, locked_until=day, lock_name=name)
