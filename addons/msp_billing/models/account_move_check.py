from odoo import api, fields, models

from ..engine.review.plan import RESOLVED, plan_review
from ..engine.review.registry import review
from ..engine.review.score import band, priority, score
from .preflight_facts import PreflightFacts

BATCH = 500
# What a finding on record is compared by.
FINDING_FIELDS = (
    "line_id",
    "severity",
    "points",
    "amount",
    "value",
    "fingerprint",
    "data",
    "res_model",
    "res_id",
    "state",
    "acknowledged_until",
    "reason",
)
# What a check writes on the draft itself.
CHECK_FIELDS = (
    "anomaly_score",
    "preflight_band",
    "amount_at_stake",
    "review_priority",
    "previous_move_id",
    "amount_previous",
    "amount_change",
    "amount_change_percent",
    "preflight_checked_at",
)
RANKS = {"info": 0, "warning": 1, "blocking": 2}


class AccountMove(models.Model):
    """Facts → findings → records, for any number of drafts at once."""

    _inherit = "account.move"

    @api.model
    def _cron_preflight_typed(self):
        """Every quarter of an hour: what was typed by hand is looked at as what a run made, at most ``BATCH`` at a time."""
        drafts = self.search(
            [
                ("state", "=", "draft"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("billing_run_id", "=", False),
                ("preflight_checked_at", "=", False),
            ],
            order="id",
            limit=BATCH + 1,
        )
        drafts[:BATCH]._preflight_check()
        self.env["ir.cron"]._commit_progress(len(drafts[:BATCH]), remaining=len(drafts[BATCH:]))

    def _preflight_check(self):
        """Check these drafts; the caller has seen to it that the user may."""
        # By ids: records taken from a run's list lose their common prefetch when caches are dropped.
        drafts = self.browse(self.ids)
        for company, moves in drafts.grouped("company_id").items():
            for start in range(0, len(moves), BATCH):
                moves[start : start + BATCH].with_company(company)._preflight_check_batch()

    def _preflight_check_batch(self):
        facts = self._preflight_load()
        policy, rules = self._preflight_policy(), tuple(self._preflight_rules())
        hits = {key: self._preflight_weigh(fact, list(review(fact, policy, rules))) for key, fact in facts.items()}
        memories = self._preflight_memories({fact.client_id for fact in facts.values()})
        engine_memories = {key: memory._to_engine() for key, memory in memories.items()}
        plans = {
            key: plan_review(fact.client_id, fact.date, hits[key], engine_memories, self._preflight_score)
            for key, fact in facts.items()
        }
        # The drafts first: two checks at once collide there and one is tried again (RELIABILITY fact 2).
        self._preflight_write_checks({key: self.browse(key)._preflight_values(facts[key], plans[key]) for key in facts})
        self.env["account.move"].flush_model()
        self._preflight_write_findings(facts, plans, memories)

    def _preflight_write_checks(self, values):
        """Write what the check found. By field, because ``write`` of hundreds of invoices costs more than to check them.

        :param values: dict of values by id, of ``PROTECTED_FIELDS`` alone; a change of ``review_state`` is followed by
            others and goes the usual way
        """
        moves = self.sudo()
        for move in moves:
            if "review_state" in values[move.id]:
                move._preflight_write(values[move.id])
                continue
            for name, value in values[move.id].items():
                self._fields[name].write(move, value)
        moves.modified(CHECK_FIELDS)

    def _preflight_load(self):
        """Facts of these drafts. Returns a dict of ``InvoiceFacts`` by id."""
        # Read past the record rules, inside the draft's own company; see preflight_queries.
        moves = self.sudo().with_company(self.company_id[:1])
        return PreflightFacts(
            moves, self._preflight_policy(), moves._preflight_extra_facts(), moves._preflight_self_priced_lines()
        ).load()

    def _preflight_memories(self, client_ids):
        # Memory is the company's, whoever acknowledged.
        memories = (
            self.env["msp.preflight.memory"]
            .sudo()
            .search([("company_id", "=", self.company_id.id), ("partner_id", "in", list(client_ids))])
        )
        return {memory.key: memory for memory in memories}

    def _preflight_values(self, facts, plan):
        """The draft's own fields after a check. Returns a dict of values."""
        self.ensure_one()
        previous = facts.previous
        compared = previous if previous and not facts.is_refund else None
        change = facts.total - compared.total if compared else 0.0
        vals = {
            "anomaly_score": plan.score,
            "preflight_band": plan.band,
            "amount_at_stake": plan.at_stake,
            "review_priority": priority(plan.score, plan.at_stake / (self.sudo().invoice_currency_rate or 1.0)),
            "previous_move_id": compared.id if compared else False,
            "amount_previous": compared.total if compared else 0.0,
            "amount_change": change,
            "amount_change_percent": change / compared.total if compared and compared.total else 0.0,
            "preflight_checked_at": fields.Datetime.now(),
        }
        state = self.sudo().review_state
        if not state or (state == "approved" and plan.blocked):
            vals |= {"review_state": "to_review", "approved_by_id": False, "approved_at": False}
        return vals

    # ----------------------------------------------------------------- findings

    def _preflight_write_findings(self, facts, plans, memories):
        """Keep what is unchanged, update what moved, add what is new, resolve what is gone."""
        # Findings are written by the review alone.
        findings = self.env["msp.preflight.finding"].sudo()
        known = {}
        for finding in findings.search([("move_id", "in", self.ids)]):
            known.setdefault(finding.move_id.id, {})[finding.key] = finding
        fresh = []
        gone = findings.browse()
        for move_id, plan in plans.items():
            on_record = known.get(move_id, {})
            for planned in plan.findings:
                vals = self._preflight_finding_values(planned, memories.get(planned.key))
                finding = on_record.pop(planned.key, None)
                if finding is None:
                    fact = facts[move_id]
                    fresh.append(
                        {
                            "move_id": move_id,
                            "company_id": self.company_id.id,
                            "partner_id": fact.client_id,
                            "currency_id": fact.currency.id,
                            "code": planned.hit.code,
                            "key": planned.key,
                            **vals,
                        }
                    )
                    continue
                changed = {name: vals[name] for name in FINDING_FIELDS if _stored(finding, name) != vals[name]}
                if changed:
                    finding.write({**changed, "severity_rank": vals["severity_rank"]})
            for finding in on_record.values():
                if finding.state != RESOLVED:
                    gone |= finding
        if gone:
            gone.write({"state": RESOLVED})
        findings.create(fresh)
        if fresh or gone:
            self.invalidate_recordset(["finding_ids", "open_finding_ids"])

    @staticmethod
    def _preflight_finding_values(planned, memory):
        hit, silent = planned.hit, memory if planned.memory else None
        return {
            "line_id": hit.line_id or False,
            "severity": hit.severity,
            "severity_rank": RANKS[hit.severity],
            "points": hit.points,
            "amount": round(hit.amount, 6),
            "value": hit.value,
            "fingerprint": hit.fingerprint or False,
            "data": dict(hit.data),
            "res_model": hit.target[0] if hit.target else False,
            "res_id": hit.target[1] if hit.target else 0,
            "state": planned.state,
            "acknowledged_until": silent.until if silent else False,
            "reason": silent.reason if silent else False,
            "acknowledged_by_id": silent.user_id.id if silent else False,
        }

    def _preflight_rescore(self):
        """Score anew from the findings on record, after one was acknowledged or reopened."""
        open_findings = (
            self.env["msp.preflight.finding"].sudo().search([("move_id", "in", self.ids), ("state", "=", "open")])
        )
        by_move = open_findings.grouped("move_id")
        for move in self.sudo():
            mine = by_move.get(move, open_findings.browse())
            value = self._preflight_score(mine.mapped("points"))
            at_stake = sum(abs(amount) for amount in mine.mapped("amount"))
            move._preflight_write(
                {
                    "anomaly_score": value,
                    "preflight_band": band(value),
                    "amount_at_stake": at_stake,
                    "review_priority": priority(value, at_stake / (move.invoice_currency_rate or 1.0)),
                }
            )
        self.invalidate_recordset(["finding_ids", "open_finding_ids"])

    # -------------------------------------------------------------------- hooks

    @api.model
    def _preflight_weigh(self, facts, hits):
        """The findings of one draft with the points they shall have.

        Override to weigh them by what is known about the client. Returns a list of ``engine.review.findings.Hit``.
        """
        return hits

    @api.model
    def _preflight_score(self, points):
        """The score of a draft out of the points of its open findings.

        Override together with ``_preflight_weigh``. Returns an integer, 0–100.
        """
        return score(points)


def _stored(finding, name):
    value = finding[name]
    if name == "line_id":
        return value.id
    return round(value, 6) if name == "amount" else value
