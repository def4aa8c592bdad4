from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine.money import to_decimal
from ..engine.price_change.dated import Made, eve, refusal
from .price_change_apply import QUIET
from .price_change_wording import ChangeWording

# Terms besides the price: where they differ from the old line's, that one cannot simply go on.
KEPT = ("quantity", "discount", "price_mode")


class MspPriceChange(models.Model):
    """Revert: what the change made ends before it began; refused price by price where it was invoiced."""

    _inherit = "msp.price.change"

    def action_revert(self):
        """Take back every price that was not invoiced yet; the others stay and say why.

        :return: True
        :raises UserError: when nothing can be taken back, with the reasons
        """
        self.check_access("write")
        for change in self:
            change._require(("applied",), self.env._("Only an applied change can be reverted."))
            change._revert()
        return True

    def action_revert_preview(self):
        """Show what can be taken back and what cannot, before it is done.

        :return: dict, a window action
        """
        self.ensure_one()
        self.check_access("write")
        self._require(("applied",), self.env._("Only an applied change can be reverted."))
        wizard = self.env["msp.price.change.revert"].create({"change_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Revert %s", self.name),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _revert(self):
        self.ensure_one()
        # Lines, successors and outcomes are the change's own; the caller's right to revert was checked.
        change = self.sudo().with_context(**QUIET)
        applied = change._applied_lines()
        change._hold_subscriptions(applied.subscription_id)
        refusals = applied._revert_refusals()
        possible = applied.filtered(lambda line: line.id not in refusals)
        if not possible:
            raise UserError(self._nothing_to_revert(applied, refusals))
        for kind, lines in possible.grouped("kind").items():
            {
                "line": lines._revert_lines,
                "override": lines._revert_overrides,
                "catalogue": lines._revert_catalogue,
            }[kind]()
        possible.write({"outcome": "reverted", "outcome_reason": False})
        for line in applied - possible:
            line.outcome_reason = self.env._("Not reverted: %s", refusals[line.id])
        if possible == applied:
            change.write({"state": "reverted", "reverted_at": self.env.cr.now()})
        self._message_log(
            body=self.env._(
                "Reverted: %(done)s prices. Not reverted: %(kept)s.", done=len(possible), kept=len(applied - possible)
            )
        )

    def _applied_lines(self):
        return self.env["msp.price.change.line"].search(
            [("change_id", "=", self.id), ("outcome", "in", ("applied", "waiting"))]
        )

    def _nothing_to_revert(self, applied, refusals):
        if not applied:
            return self.env._("Price change %s has nothing left to revert.", self.name)
        reasons = "\n".join(f"• {line.description}: {refusals[line.id]}" for line in applied[:20])
        return self.env._(
            "Nothing of price change %(name)s can be reverted:\n%(reasons)s\nMake a new price change instead.",
            name=self.name,
            reasons=reasons,
        )


class MspPriceChangeLine(models.Model):
    _inherit = "msp.price.change.line"

    revert_reason = fields.Char(
        string="Why it stays", compute="_compute_revert_reason", help="Empty: it can be taken back."
    )

    def _compute_revert_reason(self):
        made = self.filtered(lambda line: line.outcome in ("applied", "waiting"))
        # Reasons come from ledger and chains of the lines that the reader sees.
        refusals = made.sudo()._revert_refusals()
        for line in self:
            line.revert_reason = refusals.get(line.id, False)

    def _revert_refusals(self):
        """Why lines cannot be taken back, by id; those that can are left out. Reads in bulk."""
        wording = ChangeWording(self.env)
        refusals = {}
        for kind, lines in self.grouped("kind").items():
            made = {"line": lines._made_lines, "override": lines._made_overrides, "catalogue": lines._made_catalogue}[
                kind
            ]()
            for line in lines:
                reason = refusal(made[line.id])
                if reason:
                    refusals[line.id] = wording.refusal(reason)
        return refusals

    # --------------------------------------------------------- contract prices

    def _chain_rows(self):
        """What became of each successor: itself and the lines that took over from it since, with their charges.

        :return: list of (change line id, line id, start, end, price, last invoiced day, invoice's name)
        """
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE chain AS (
                    SELECT made.id AS made_id, made.successor_id AS line_id
                      FROM msp_price_change_line made WHERE made.id = ANY(%s) AND made.successor_id IS NOT NULL
                     UNION
                    SELECT chain.made_id, line.id
                      FROM chain JOIN msp_subscription_line line ON line.replaces_id = chain.line_id
                )
                SELECT chain.made_id, line.id, line.date_start, line.date_end, line.price_unit,
                       charge.last_day, charge.name
                  FROM chain JOIN msp_subscription_line line ON line.id = chain.line_id
             LEFT JOIN LATERAL (
                       SELECT MAX(charge.period_end) - 1 AS last_day, MAX(move.name) AS name
                         FROM msp_billing_charge charge
                    LEFT JOIN account_move_line item ON item.id = charge.invoice_line_id
                    LEFT JOIN account_move move ON move.id = item.move_id
                        WHERE charge.subscription_line_id = line.id AND charge.state = 'billed'
                       ) charge ON TRUE
              ORDER BY chain.made_id, line.date_start, line.id
                """,
                self.ids,
            )
        )

    def _made_lines(self):
        rows = defaultdict(list)
        for change_line_id, *row in self._chain_rows():
            rows[change_line_id].append(row)
        made = {}
        for line in self:
            chain = [row for row in rows[line.id] if row[2] is None or row[1] is None or row[2] >= row[1]]
            billed = [(row[4], row[5] or "") for row in rows[line.id] if row[4]]
            last_day, invoice = max(billed, default=(None, ""))
            prices = {round(to_decimal(row[3] or 0), 8) for row in chain}
            made[line.id] = Made(
                invoiced_until=last_day,
                invoice=invoice if invoice != "/" else "",
                is_changed=bool(prices - {round(to_decimal(line.new_price), 8)}),
                is_gone=not rows[line.id],
            )
        return made

    def _revert_lines(self):
        """The old lines go on to where their successors end, which become empty.

        What changed since besides the price stays: those lines get twins at the old price.
        """
        model = self.env["msp.subscription.line"]
        later = defaultdict(list)
        for change_line_id, line_id, start, end, *_rest in self._chain_rows():
            if end is None or end >= start:
                later[change_line_id].append(line_id)
        emptied, reopened, twins = defaultdict(list), defaultdict(list), []
        for line in self:
            successor, old = line.successor_id, line.successor_id.replaces_id
            others = model.browse(later[line.id])
            if successor in others and not any(successor._differs(name, old[name]) for name in KEPT):
                emptied[eve(successor.date_start)].append(successor.id)
                reopened[successor.date_end].append(old.id)
                others -= successor
            for other in others:
                emptied[eve(other.date_start)].append(other.id)
                twins.append((other, line))
        vals_list = [self._twin_vals(other, line) for other, line in twins]
        for day, ids in emptied.items():
            model.browse(ids).write({"date_end": day})
        for day, ids in reopened.items():
            model.browse(ids).write({"date_end": day})
        model.create(vals_list)
        self._note_revert()

    def _twin_vals(self, other, line):
        return {
            **other.copy_data()[0],
            "subscription_id": other.subscription_id.id,
            "name": other.name,
            "date_start": other.date_start,
            "date_end": other.date_end,
            "replaces_id": other.id,
            "price_unit": line.old_price,
            "change_reason": self.env._("Price change %s reverted", line.change_id.name),
            "source_ref": other.source_ref,
        }

    def _note_revert(self):
        bodies = {}
        for subscription, lines in self.grouped("subscription_id").items():
            bodies[subscription.id] = self.env._(
                "Price change %(change)s, reverted by %(user)s: %(lines)s",
                change=lines.change_id.name,
                user=self.env.user.name,
                lines="; ".join(lines.mapped("description")),
            )
        self.env["msp.subscription"].browse(list(bodies))._message_log_batch(bodies=bodies)

    # --------------------------------------------------------------- overrides

    def _invoiced_until(self, sources, condition):
        """The last day invoiced at the new price to lines in catalogue mode, by change line id.

        :param sources: ``SQL``, joins that belong to ``made``
        :param condition: ``SQL``, which lines (``line, product, template, category, payer``) pay that price
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT made.id, MAX(charge.period_end) - 1
                  FROM msp_price_change_line made
                  %(sources)s
                  JOIN msp_subscription_line line ON line.price_mode = 'catalog' AND line.company_id = made.company_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN res_partner payer ON payer.id = line.partner_id
             LEFT JOIN product_category category ON category.id = template.categ_id
                  JOIN msp_billing_charge charge ON charge.subscription_line_id = line.id AND charge.state = 'billed'
                   AND charge.kind = 'recurring' AND charge.period_start >= made.effective_date
                   AND ABS(charge.price_unit - made.new_price) < 0.000001
                 WHERE made.id = ANY(%(ids)s) AND %(condition)s
              GROUP BY made.id
                """,
                ids=self.ids,
                sources=sources,
                condition=condition,
            )
        )
        return dict(rows)

    def _made_overrides(self):
        """Client prices: invoiced to that client, changed, or removed since?"""
        invoiced = self._invoiced_until(
            SQL(
                """
                JOIN msp_price_override override ON override.id = made.successor_override_id
           LEFT JOIN product_category top ON top.id = override.categ_id
                """
            ),
            SQL(
                """
                payer.commercial_partner_id = made.partner_id
                AND (override.product_id = product.id OR override.product_tmpl_id = template.id
                     OR category.parent_path LIKE top.parent_path || '%%')
                """
            ),
        )
        return {
            line.id: Made(
                invoiced_until=invoiced.get(line.id),
                is_changed=_differs(line.successor_override_id.value, line.new_price),
                is_gone=not line.successor_override_id.active,
            )
            for line in self
        }

    def _revert_overrides(self):
        """The new ones are put away, the old ones hold again as long as those would have."""
        old, new = self.override_id, self.successor_override_id
        ends = {line.override_id: line.successor_override_id.date_end for line in self}
        new.write({"active": False})
        for end in set(ends.values()):
            old.filtered(lambda override, end=end: ends[override] == end).write({"date_end": end, "active": True})

    # --------------------------------------------------------------- catalogue

    def _made_catalogue(self):
        """Sales prices: invoiced to lines in catalogue mode, or changed since?"""
        invoiced = self._invoiced_until(SQL(""), SQL("template.id = made.product_tmpl_id"))
        return {
            line.id: Made(
                invoiced_until=invoiced.get(line.id),
                is_changed=line.outcome == "applied" and _differs(line.product_tmpl_id.list_price, line.new_price),
            )
            for line in self
        }

    def _revert_catalogue(self):
        """Sales prices go back at once; what still waited is given up."""
        applied = self.filtered(lambda line: line.outcome == "applied")
        for line in applied:
            line.product_tmpl_id.list_price = line.old_price
        applied._audit_products(
            lambda line: (line.new_price, line.old_price), self.env._("Price change %(change)s reverted")
        )


def _differs(one, other):
    return round(to_decimal(one), 8) != round(to_decimal(other), 8)
