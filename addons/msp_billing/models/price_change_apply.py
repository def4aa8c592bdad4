from collections import defaultdict

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL, format_date

from ..engine.money import to_decimal
from ..engine.price_change.dated import eve
from ..engine.price_change.decide import decide
from .price_change_wording import ChangeWording

LINES_PER_CHUNK = 1000
QUIET = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}


class MspPriceChange(models.Model):
    """Apply: the lines are decided on again with the facts of this moment, then become dated rows.

    Each chunk claims its lines, takes hold of the subscriptions by writing them (so that a billing run of
    the same moment and this one cannot both believe they were first), and marks its lines as applied in
    the same transaction. A second worker, or a second call, finds nothing left to do.
    """

    _inherit = "msp.price.change"

    def action_apply(self):
        """Make the new prices: dated successor lines, dated overrides, catalogue prices on their day.

        What changed since the simulation in a way that matters is not applied and says why.

        :return: True
        :raises UserError: when nothing was simulated or nothing takes part
        """
        self.check_access("write")
        for change in self:
            change._require(("simulated", "scheduled"), self.env._("Simulate it first, then apply."))
            change._require_included()
            while change._apply_chunk():
                pass
            change._finish_applying()
        return True

    def _apply_chunk(self, limit=LINES_PER_CHUNK):
        """Apply the next lines that nobody else holds.

        :return: how many lines were handled; 0 when none is left for this worker
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM msp_price_change_line
                 WHERE change_id = %s AND included AND outcome = 'pending'
              ORDER BY subscription_id, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.id,
                limit,
            )
        )
        # Lines, successors and outcomes are the change's own; the caller's right to apply was checked.
        change = self.sudo().with_context(**QUIET)
        lines = change.env["msp.price.change.line"].browse([row[0] for row in rows])
        for kind, mine in lines.grouped("kind").items():
            getattr(change, f"_apply_{kind}s" if kind != "catalogue" else "_apply_catalogue")(mine)
        return len(rows)

    def _finish_applying(self):
        """Everything that takes part was handled: the change is applied."""
        self.ensure_one()
        self.env.flush_all()
        left = self.line_ids.search_count(
            [("change_id", "=", self.id), ("included", "=", True), ("outcome", "=", "pending")], limit=1
        )
        if left:
            return
        user = self._acting_user()
        # Protected; applying is what moves them.
        self.sudo().write({"state": "applied", "applied_at": self.env.cr.now(), "applied_by_id": user.id})
        self._message_log(body=self._applied_summary())

    def _acting_user(self):
        """Who wanted it: the scheduled action works for the one who scheduled it."""
        return self.scheduled_by_id if self.env.uid == SUPERUSER_ID and self.scheduled_by_id else self.env.user

    def _applied_summary(self):
        counts = dict(
            self.env["msp.price.change.line"]._read_group(
                [("change_id", "=", self.id), ("included", "=", True)], ["outcome"], ["__count"]
            )
        )
        return self.env._(
            "Applied: %(applied)s prices. Waiting for their day: %(waiting)s. Not applied: %(skipped)s.",
            applied=counts.get("applied", 0),
            waiting=counts.get("waiting", 0),
            skipped=counts.get("skipped", 0),
        )

    # --------------------------------------------------------- contract prices

    def _apply_lines(self, lines):
        """Dated successors of subscription lines, in one batch."""
        self._hold_subscriptions(lines.subscription_id)
        ids = lines.subscription_line_id.ids
        rows = self._line_rows(SQL("line.id = ANY(%s)", ids))
        found = {one.candidate.id: one for one in self._found_lines(rows)}
        ready = self._decide_again(lines, {line: found.get(line.subscription_line_id.id) for line in lines})
        successors = self._succeed(ready)
        for line, successor in zip(ready, successors, strict=True):
            line.write({"outcome": "applied", "successor_id": successor.id})
        self._note_on_subscriptions(ready)

    def _hold_subscriptions(self, subscriptions):
        """Write the subscriptions we decide on: who bills them at this moment collides with us (fact 2)."""
        ids = tuple(sorted(subscriptions.ids)) or (0,)
        self.env.execute_query(SQL("SELECT id FROM msp_subscription WHERE id IN %s ORDER BY id FOR NO KEY UPDATE", ids))
        self.env.execute_query(SQL("UPDATE msp_subscription SET billing_dirty = TRUE WHERE id IN %s RETURNING id", ids))
        subscriptions.invalidate_recordset(["billing_dirty"])

    def _decide_again(self, lines, found_by_line):
        """Of these lines those that may be applied now; the others are marked with what came between.

        Days that were billed since the simulation move the first day of the new price.
        """
        wording, terms = ChangeWording(self.env), self._terms()
        ready = []
        for line in lines:
            found = found_by_line[line]
            problem = self._problem_now(line, found, terms, wording)
            if problem:
                line.write({"outcome": "skipped", "outcome_reason": problem})
                continue
            decision = decide(found.candidate, terms)
            if decision.effective != line.effective_date:
                line.write(
                    {
                        "effective_date": decision.effective,
                        "is_deferred": True,
                        "deferral_reason": wording.deferral(decision.deferrals, decision.effective, line.kind),
                    }
                )
            ready.append(line.id)
        return lines.browse(ready)

    def _problem_now(self, line, found, terms, wording):
        """What came between simulation and now; None where nothing did."""
        if not found:
            return self.env._("Not applied: it has ended since the simulation.")
        if to_decimal(round(line.old_price, 8)) != round(found.candidate.price, 8):
            return self.env._(
                "Not applied: its price was %(old)s in the simulation and is %(now)s now.",
                old=line.old_price,
                now=float(found.candidate.price),
            )
        decision = decide(found.candidate, terms)
        # What a person took in by hand stays in; what has become impossible does not.
        if decision.exclusion and (decision.exclusion.code in ("ended", "other", "follows", "calculated")):
            return self.env._("Not applied: %s", wording.exclusion(decision.exclusion, self.recent_months))
        if decision.exclusion and not line.by_hand:
            return self.env._("Not applied: %s", wording.exclusion(decision.exclusion, self.recent_months))
        return None

    def _succeed(self, lines):
        """Successors of the lines' subscription lines, in the same order; those end on the eve.

        A line that is succeeded on its very first day becomes empty: what was agreed stays readable.
        """
        by_day = defaultdict(list)
        vals_list = []
        for line, vals in zip(lines, lines.subscription_line_id.copy_data(), strict=True):
            old = line.subscription_line_id
            vals_list.append(
                {
                    **vals,
                    "subscription_id": old.subscription_id.id,
                    "name": old.name,
                    "date_start": line.effective_date,
                    "date_end": old.date_end,
                    "replaces_id": old.id,
                    "price_unit": line.new_price,
                    "change_reason": self.env._("Price change %s", self.name),
                    "source_ref": old.source_ref,
                    "price_change_line_id": line.id,
                }
            )
            by_day[eve(line.effective_date)].append(old.id)
        model = self.env["msp.subscription.line"]
        for day, ids in by_day.items():
            model.browse(ids).write({"date_end": day})
        return model.create(vals_list)

    def _note_on_subscriptions(self, lines):
        """One note on each subscription: what, from when, by whom, in which change."""
        bodies = {}
        by_subscription = lines.grouped("subscription_id")
        digits = self.env["decimal.precision"].precision_get("Product Price")
        for subscription, mine in by_subscription.items():
            changes = [
                self.env._(
                    "%(line)s: %(old)s → %(new)s from %(day)s",
                    line=line.description,
                    old=f"{line.old_price:.{digits}f}",
                    new=f"{line.new_price:.{digits}f}",
                    day=self._format_day(line.effective_date),
                )
                for line in mine
            ]
            bodies[subscription.id] = self.env._(
                "Price change %(change)s, applied by %(user)s: %(changes)s",
                change=self.name,
                user=self._acting_user().name,
                changes="; ".join(changes),
            )
        subscriptions = self.env["msp.subscription"].browse(list(bodies))
        if subscriptions:
            subscriptions._message_log_batch(bodies=bodies)

    @api.model
    def _format_day(self, day):
        return format_date(self.env, day, date_format="d MMM y") if day else ""

    # --------------------------------------------------------------- overrides

    def _apply_overrides(self, lines):
        """Dated successors of client prices. One that has not begun yet is put away instead of ended."""
        model = self.env["msp.price.override"].with_context(active_test=False)
        found = {one.candidate.id: one for one in self._locked_sources(self._found_overrides(lines.override_id))}
        live = lines.filtered(lambda line: line.override_id.active)
        ready = self._decide_again(
            lines, {line: found.get(line.override_id.id) if line in live else None for line in lines}
        )
        by_day, unborn, vals_list = defaultdict(list), [], []
        for line in ready:
            old = line.override_id
            vals_list.append(
                {
                    **old.copy_data()[0],
                    "date_start": line.effective_date,
                    "date_end": old.date_end,
                    "value": line.new_price,
                    "price_change_line_id": line.id,
                }
            )
            if old.date_start and old.date_start >= line.effective_date:
                unborn.append(old.id)
            else:
                by_day[eve(line.effective_date)].append(old.id)
        for day, ids in by_day.items():
            model.browse(ids).write({"date_end": day})
        model.browse(unborn).write({"active": False})
        for line, successor in zip(ready, model.create(vals_list), strict=True):
            line.write({"outcome": "applied", "successor_override_id": successor.id})

    def _locked_sources(self, sources):
        """These with the locks of the subscriptions that pay them."""
        if sources:
            self._attach_followers(self._line_rows(SQL("line.price_mode = 'catalog'")), sources)
        return sources

    # --------------------------------------------------------------- catalogue

    def _apply_catalogue(self, lines):
        """Catalogue prices have no dates: those whose day has not come wait for it."""
        found = {one.candidate.id: one for one in self._locked_sources(self._found_catalogue(lines.product_tmpl_id))}
        ready = self._decide_again(lines, {line: found.get(line.product_tmpl_id.id) for line in lines})
        today = self._today()
        due = ready.filtered(lambda line: line.effective_date <= today)
        (ready - due).write({"outcome": "waiting"})
        due._write_catalogue_prices()

    @api.model
    def _apply_waiting(self):
        """Catalogue prices whose day has come, in the companies of this environment.

        :return: how many were handled
        """
        self.env.flush_all()
        handled = 0
        for change in self.search([("line_ids.outcome", "=", "waiting")]):
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT id FROM msp_price_change_line
                     WHERE change_id = %s AND outcome = 'waiting' AND effective_date <= %s
                       FOR NO KEY UPDATE SKIP LOCKED
                    """,
                    change.id,
                    change._today(),
                )
            )
            lines = self.env["msp.price.change.line"].browse([row[0] for row in rows])
            lines.with_context(**QUIET)._write_waiting()
            handled += len(lines)
        return handled


class MspPriceChangeLine(models.Model):
    _inherit = "msp.price.change.line"

    def _write_waiting(self):
        """The day has come: write what nobody changed meanwhile."""
        for line in self:
            if to_decimal(round(line.product_tmpl_id.list_price, 8)) != to_decimal(round(line.old_price, 8)):
                line.write(
                    {
                        "outcome": "skipped",
                        "outcome_reason": self.env._(
                            "Not applied: its price was %(old)s in the simulation and is %(now)s now.",
                            old=line.old_price,
                            now=line.product_tmpl_id.list_price,
                        ),
                    }
                )
        self.filtered(lambda line: line.outcome == "waiting")._write_catalogue_prices()

    def _write_catalogue_prices(self):
        """Set the sales prices and say so on each product."""
        for line in self:
            line.product_tmpl_id.list_price = line.new_price
        self.write({"outcome": "applied"})
        self._audit_products(lambda line: (line.old_price, line.new_price), self.env._("Price change %(change)s"))

    def _audit_products(self, prices, title):
        """A note on each product: its price before and after, by which change and whom."""
        bodies = {}
        for line in self:
            old, new = prices(line)
            change = line.change_id
            user = change._acting_user()
            bodies[line.product_tmpl_id.id] = self.env._(
                "%(title)s, by %(user)s: sales price %(old)s → %(new)s",
                title=title % {"change": change.name},
                user=user.name,
                old=line.currency_id.format(old),
                new=line.currency_id.format(new),
            )
        templates = self.env["product.template"].browse(list(bodies))
        if templates:
            templates._message_log_batch(bodies=bodies)
