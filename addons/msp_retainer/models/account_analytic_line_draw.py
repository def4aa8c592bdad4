from fractions import Fraction

from odoo import api, models
from odoo.addons.msp_billing.engine.money import to_decimal
from odoo.addons.msp_billing.engine.time_billing import agreement_on, minutes_of

from ..engine.book import redraw_moves, settle
from ..engine.draw import plan_draws
from ..engine.facts import Drawing, Work

# A change of one of these may change what an entry draws, or from whom.
DRAWING_FIELDS = {
    "unit_amount",
    "date",
    "project_id",
    "task_id",
    "partner_id",
    "company_id",
    "work_type_id",
    "is_billable",
    "is_after_hours",
    "so_line",
    "is_so_line_edited",
    "timesheet_invoice_id",
    "product_uom_id",
}
RESULTS = ("retainer_minutes", "overage_minutes", "overage_retainer_id")


class AccountAnalyticLine(models.Model):
    """Draws prepaid hours as time is logged, changed, moved and deleted, a constant number of queries a batch."""

    _inherit = "account.analytic.line"

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_prepaid({name for vals in vals_list for name in vals})
        lines = super().create(vals_list)
        lines._redraw_prepaid(fresh=True)
        return lines

    def write(self, vals):
        self._guard_prepaid(vals)
        result = super().write(vals)
        if not DRAWING_FIELDS.isdisjoint(vals):
            self._redraw_prepaid()
        return result

    def unlink(self):
        timesheets = self.filtered("project_id")
        if timesheets:
            timesheets._check_not_billed()
            # Hours come back to their blocks, whoever deletes.
            timesheets.sudo()._release_prepaid()
        return super().unlink()

    # --------------------------------------------------------------------- draw

    def _redraw_prepaid(self, fresh=False):
        """Bring what these have drawn to what they should draw now; billed time stays as it is.

        :param fresh: they were created this moment and have drawn nothing
        :return: number of ledger entries that it took
        """
        # A technician may read neither agreements nor blocks; the entry says what it used.
        lines = self.sudo().filtered(lambda line: line.project_id and line.date and not line.billing_invoice_line_id)
        if not lines:
            return 0
        retainers = self.env["msp.retainer"].sudo()
        drawn = {} if fresh else retainers._net_draws(lines)
        works, coverage = lines._prepaid_works()
        clients = {work.client for work in works}
        if not clients and not drawn:
            lines._set_prepaid({}, set())
            return 0
        freed = {}
        for parts in drawn.values():
            for block, minutes in parts.items():
                freed[block] = freed.get(block, 0) + minutes
        days = [work.day for work in works] or [min(lines.mapped("date"))]
        blocks, closed = retainers._load_facts(clients, (min(days), max(days)), set(freed), freed)
        drawings = {drawing.work: drawing for drawing in plan_draws(works, blocks)}
        written = self._append_draws(drawn, drawings, closed)
        lines._set_prepaid(drawings, self._works_on_balance(works, coverage, drawings, blocks))
        return written

    def _append_draws(self, drawn, drawings, closed):
        moves = redraw_moves(drawn, drawings.values())
        touched = {move.block for move in moves}
        moves = settle(moves, {block: facts for block, facts in closed.items() if block in touched})
        self.env["msp.retainer.entry"].sudo()._append(moves)
        return len(moves)

    def _works_on_balance(self, works, coverage, drawings, blocks):
        """Ids of work for which hours are kept: what they do not pay for is overage.

        That is work that some block fits, used up or not, and all work under a prepaid agreement of a
        client who ever had hours.
        """
        unfit = [work for work in works if not drawings[work.id].last_block and coverage.get(work.id) == "prepaid"]
        clients = {work.client for work in unfit}
        kept = clients & {block.client for block in blocks}
        kept |= self.env["msp.retainer"].sudo()._clients_with_blocks(clients - kept)
        found = {work.id for work in works if drawings[work.id].last_block}
        return found | {work.id for work in unfit if work.client in kept}

    def _set_prepaid(self, drawings, on_balance):
        """Write the outcome beside each entry; the state follows from it."""
        changed = []  # ids: uniting records one by one costs the square of their number
        with self.env.protecting([self._fields[name] for name in RESULTS], self):
            for line in self:
                drawing = drawings.get(line.id) if line.id in on_balance else None
                drawing = drawing or Drawing(line.id)
                block = drawing.last_block if drawing.overage else 0
                values = (drawing.drawn, drawing.overage, block or False)
                if values == (line.retainer_minutes, line.overage_minutes, line.overage_retainer_id.id):
                    continue
                line.retainer_minutes, line.overage_minutes, line.overage_retainer_id = values
                changed.append(line.id)
        self.browse(changed).modified(RESULTS)

    def _release_prepaid(self):
        """Give back all that these have drawn."""
        retainers = self.env["msp.retainer"]
        drawn = retainers._net_draws(self)
        if not drawn:
            return
        touched = {block for parts in drawn.values() for block in parts}
        day = min(self.mapped("date"))
        _blocks, closed = retainers._load_facts(set(), (day, day), touched, {})
        self._append_draws(drawn, {}, closed)

    # -------------------------------------------------------------------- facts

    def _prepaid_works(self):
        """Work of these that may draw, and the coverage of its agreement.

        :return: list of ``Work``; dict of coverage by entry id
        """
        agreements = self._load_agreements()
        works, coverage = [], {}
        for line in self:
            minutes = minutes_of(line.unit_amount)
            if not minutes or not line.is_billable or line.so_line or line.timesheet_invoice_id:
                continue
            go_live = line.company_id.msp_go_live_date
            if go_live and line.date < go_live:
                continue
            client = line.partner_id.commercial_partner_id.id or None
            found = agreements.get((line.project_id.id, line.company_id.id), ())
            agreement, paused = agreement_on(found, client, line.date)
            if agreement and agreement.coverage == "all_inclusive" and not paused:
                continue
            client = agreement.client_id if agreement else client
            if not client:
                continue
            coverage[line.id] = agreement.coverage if agreement else None
            works.append(line._prepaid_work(client, minutes))
        return works, coverage

    def _prepaid_work(self, client, minutes):
        self.ensure_one()
        return Work(
            id=self.id,
            client=(self.company_id.id, client),
            day=self.date,
            minutes=minutes,
            multiplier=Fraction(to_decimal(self._time_multiplier())),
            work_type=self.work_type_id.id or 0,
            service=self._time_product().id or 0,
        )
