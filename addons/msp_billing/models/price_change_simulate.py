from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.money import to_decimal
from ..engine.price_change.decide import ChangeTerms, decide
from ..engine.price_change.rounding import RaiseRule
from .price_change_wording import ChangeWording

# Rows of one INSERT batch of the ORM; keeps the memory of a large simulation flat.
CREATE_BATCH = 2000
KEYS = ("subscription_line_id", "override_id", "product_tmpl_id")


class MspPriceChange(models.Model):
    """Simulate: facts → decisions → lines. Reads in bulk, writes its own lines alone."""

    _inherit = "msp.price.change"

    def action_simulate(self):
        """Fill the lines with what would change, and with what would not and why.

        What somebody decided by hand on a line stays decided. Safe to repeat; nothing but
        the lines is written.

        :return: True
        :raises UserError: when the change was applied, or its terms contradict each other
        """
        self.check_access("write")
        for change in self:
            change._require(("draft", "simulated"), self.env._("Only what is not under way can be simulated."))
            change._check_simulation()
            change._simulate()
        return True

    def _check_simulation(self):
        self.ensure_one()
        if not self.value:
            raise UserError(self.env._("Say by how much prices change: 0 changes nothing."))
        if not (self.target_lines or self.target_overrides or self.target_catalogue):
            raise UserError(self.env._("Choose what changes: contract prices, overrides or catalogue prices."))
        narrow = self.partner_ids or self.partner_tag_ids or self.labor_coverage or self._parsed_domain()
        if self.target_catalogue and narrow:
            raise UserError(
                self.env._(
                    "Catalogue prices hold for everybody: leave clients, tags, kind and further conditions empty, "
                    "or leave catalogue prices out."
                )
            )

    def _simulate(self):
        self.ensure_one()
        decided = self._hand_decisions()
        found, terms = self._find(), self._terms()
        wording = ChangeWording(self.env)
        rows = [self._row_vals(one, decide(one.candidate, terms), wording) for one in found]
        for vals in rows:
            vals.update(decided.get(self._key(vals), {}) if not vals["is_hard"] else {})
            self._reckon_by_hand(vals)
        # The lines are the simulation's alone; the caller's right to write the change was checked.
        lines = self.env["msp.price.change.line"].sudo().with_context(tracking_disable=True)
        self.sudo().line_ids.unlink()
        for start in range(0, len(rows), CREATE_BATCH):
            for vals in rows[start : start + CREATE_BATCH]:
                vals.pop("_found")
            lines.create(rows[start : start + CREATE_BATCH])
        self.sudo().write({"state": "simulated", "simulated_at": self.env.cr.now()})

    def _terms(self):
        """The change's terms for the engine."""
        self.ensure_one()
        rule = RaiseRule(
            method=self.method,
            value=to_decimal(round(self.value, 6)),
            rounding=self.rounding,
            increment=to_decimal(round(self.rounding_increment, 6)),
            ending=to_decimal(round(self.rounding_ending, 6)),
        )
        return ChangeTerms(
            rule=rule,
            effective=self.effective_date,
            currency_id=self.currency_id.id or None,
            recent_months=self.recent_months,
            defer_locked=self.lock_policy == "defer",
            at_period_start=self.at_period_start,
        )

    # -------------------------------------------------------------------- find

    def _find(self):
        """All prices in scope as facts.

        :return: list of ``Found``; lines in catalogue mode stand there themselves only where
            their price is not one of the overrides and catalogue prices that are there too
        """
        self.ensure_one()
        rows = self._line_rows(self._scope_sql()) if self.target_lines else []
        sources = self._find_sources()
        followers = {row.id: row for row in rows if row.mode == "catalog"}
        if sources:
            followers |= {row.id: row for row in self._line_rows(SQL("line.price_mode = 'catalog'"))}
        attached, prices = self._attach_followers(list(followers.values()), sources)
        rows = [
            row._replace(price=prices.get(row.id) or 0) if row.mode == "catalog" else row
            for row in rows
            if row.id not in attached
        ]
        return self._found_lines(rows) + sources

    def _scope_sql(self):
        query = self.env["msp.subscription.line"]._search(self._line_scope(), active_test=False)
        return SQL("line.id IN %s", query.subselect())

    def _find_sources(self):
        sources = []
        if self.target_overrides:
            overrides = self.env["msp.price.override"].search(self._override_scope(), order="partner_id, id")
            sources += self._found_overrides(overrides)
        if self.target_catalogue:
            products = self.env["product.product"].search(self._catalogue_scope())
            sources += self._found_catalogue(products.product_tmpl_id.sorted("id"))
        return sources

    # -------------------------------------------------------------------- rows

    def _row_vals(self, found, decision, wording):
        """One line of the simulation. Override to add to it. Returns a dict for ``create``."""
        candidate, reason = found.candidate, decision.exclusion
        before = found.monthly(candidate.price)
        cost = found.cost()
        dates = decision.deferrals
        return {
            "change_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": candidate.currency_id,
            **found.vals,
            "old_price": float(candidate.price),
            "new_price": float(decision.new_price if not decision.is_hard else candidate.price),
            "effective_date": decision.effective,
            "included": reason is None,
            "is_hard": decision.is_hard,
            "is_deferred": bool(dates) and reason is None,
            "exclusion_code": reason.code if reason else False,
            "exclusion_reason": wording.exclusion(reason, self.recent_months) if reason else False,
            "deferral_reason": wording.deferral(dates, decision.effective, candidate.kind),
            "monthly_old": float(before),
            "monthly_raised": float(before if decision.is_hard else found.monthly(decision.new_price)),
            "foreign_text": self._foreign_text(found, decision.new_price),
            "cost_known": cost is not None,
            "cost_monthly": float(cost or 0),
            "_found": found,
        }

    def _foreign_text(self, found, price):
        """What of a price's effect is in other currencies, in those; False where nothing is."""
        before, after = found.foreign(found.candidate.price), found.foreign(price)
        parts = []
        for currency in self.env["res.currency"].browse(sorted(before)):
            amounts = before[currency.id], after[currency.id]
            parts.append(f"{currency.name} " + " → ".join(currency.format(float(amount)) for amount in amounts))
        return (
            self.env._(
                "MRR includes clients in another currency, at the rate of %(day)s: %(amounts)s.",
                day=self._format_day(self.effective_date),
                amounts="; ".join(parts),
            )
            if parts
            else False
        )

    @staticmethod
    def _key(vals):
        return tuple(vals.get(name) or False for name in KEYS)

    def _hand_decisions(self):
        """What people decided on the lines of an earlier simulation, by key."""
        fields_kept = ("included", "new_price", "by_hand", "exclusion_code", "exclusion_reason", "old_price")
        kept = self.line_ids.filtered("by_hand").read([*KEYS, *fields_kept], load=None)
        return {self._key(vals): {name: vals[name] for name in fields_kept} for vals in kept}

    def _reckon_by_hand(self, vals):
        """A price by hand stays while the old one does; what it brings in follows."""
        if not vals.get("by_hand"):
            return
        found = vals["_found"]
        if to_decimal(vals["old_price"]) != found.candidate.price:
            vals["old_price"] = float(found.candidate.price)
            vals["new_price"] = float(decide(found.candidate, self._terms()).new_price)
        vals["monthly_raised"] = float(found.monthly(to_decimal(vals["new_price"])))
        vals["foreign_text"] = self._foreign_text(found, to_decimal(vals["new_price"]))

    def _today(self):
        """The company's day."""
        return fields.Date.context_today(
            self.with_context(tz=self.company_id.partner_id.tz or self.env.user.tz or "UTC")
        )

    # ---------------------------------------------------------------- figures

    def _included_domain(self):
        return Domain("change_id", "in", self.ids) & Domain("included", "=", True)


class MspPriceChangeLine(models.Model):
    _inherit = "msp.price.change.line"

    def _vals_at(self, price):
        """What this brings in a month at another price.

        :param price: ``Decimal``, in the line's currency
        :return: dict of values
        """
        found = self._found_now()
        if not found:
            return {"monthly_raised": self.monthly_old}
        return {
            "monthly_raised": float(found.monthly(price)),
            "foreign_text": self.change_id._foreign_text(found, price),
        }

    def _found_now(self):
        """This price with what follows it, as of now. Returns a ``Found`` or None."""
        self.ensure_one()
        change = self.change_id
        if self.subscription_line_id:
            rows = change._line_rows(SQL("line.id = %s", self.subscription_line_id.id))
            found = change._found_lines(rows)
            return found[0] if found else None
        sources = (
            change._found_overrides(self.override_id)
            if self.override_id
            else change._found_catalogue(self.product_tmpl_id)
        )
        change._attach_followers(change._line_rows(SQL("line.price_mode = 'catalog'")), sources)
        return sources[0]
