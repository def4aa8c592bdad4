import logging
import time

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .own_transaction import COLLISIONS, commit, in_own_transaction, may_commit

_logger = logging.getLogger(__name__)

CLIENTS_PER_CHUNK = 60
DRAFTS_CHECKED_AT_ONCE = 500
# How long one run waits for clients that another one is billing this moment.
WAIT_SECONDS = 60
WAIT_STEP_SECONDS = 0.25


class MspBillingRun(models.Model):
    """Generating: which clients, in which chunks, under which locks (see RELIABILITY facts 1–4)."""

    _inherit = "msp.billing.run"

    def action_generate(self):
        """Draft all that is due and not billed yet; safe to call again at any time.

        Works in chunks of clients, each committed on its own, so an interruption loses
        at most one chunk and a second call goes on. A client that fails is listed in
        ``problem_ids`` and does not stop the others.

        :raises UserError: when the run is done.
        """
        self.check_access("write")
        for run in self:
            if run.state == "done":
                raise UserError(self.env._("Billing run %s is done: make a new run.", run.name))
            run._generate()
        return True

    def _generate(self):
        self.ensure_one()
        self._retry(self._open_run)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            handled = self._retry(self._generate_chunk)
            if handled is None:
                break
            if not handled:
                if time.monotonic() > deadline or not may_commit(self.env):
                    _logger.info("billing run %s: clients left that another run holds", self.id)
                    return
                time.sleep(WAIT_STEP_SECONDS)
        self._retry(self._close_generation)

    # ------------------------------------------------------------ transactions

    def _commit(self):
        commit(self.env)

    def _retry(self, step):
        """Run ``step`` in a transaction of its own; a second charge is no collision but a finding of its own."""
        return in_own_transaction(self.env, step, collisions=COLLISIONS)

    # ------------------------------------------------------------------- steps

    def _open_run(self):
        """List the clients that have something to look at; a listed one that is due again is reopened."""
        self.env.flush_all()
        # The engine's own fields and rows; the caller's right to write the run was checked.
        self.sudo().write(
            {
                "state": "generating",
                "started_at": self.env.cr.now(),
                "finished_at": False,
            }
        )
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO msp_billing_run_client (run_id, company_id, partner_id, currency_id, state,
                                                    create_uid, create_date, write_uid, write_date)
                     SELECT %(run)s, %(company)s, commercial_partner_id, currency_id, 'todo',
                            %(uid)s, %(now)s, %(uid)s, %(now)s
                       FROM msp_subscription
                      WHERE %(due)s
                   GROUP BY commercial_partner_id, currency_id
                   ORDER BY commercial_partner_id, currency_id
                ON CONFLICT (run_id, partner_id, currency_id) DO UPDATE SET state = 'todo', reason = NULL
                RETURNING id
                """,
                run=self.id,
                company=self.company_id.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
                due=self._due_condition(),
            )
        )
        self.env["msp.billing.run.client"].invalidate_model()

    def _due_condition(self):
        return SQL(
            "company_id = %s AND state <> 'draft' AND (billing_dirty OR next_due_date <= %s OR %s)",
            self.company_id.id,
            self.date,
            self._ready_time_condition(self.date),
        )

    def _generate_chunk(self):
        """Bill the next clients nobody else holds.

        :return: how many were handled; 0 when all that is left is held by another
            transaction; None when nothing is left.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, partner_id, currency_id FROM msp_billing_run_client
                 WHERE run_id = %s AND state = 'todo'
              ORDER BY partner_id, currency_id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
                """,
                self.id,
                CLIENTS_PER_CHUNK,
            )
        )
        if not rows:
            left = self.env.execute_query(
                SQL("SELECT 1 FROM msp_billing_run_client WHERE run_id = %s AND state = 'todo' LIMIT 1", self.id)
            )
            return 0 if left else None
        claimed = self._claim_subscriptions([(partner, currency) for _id, partner, currency in rows])
        handled = [row for row in rows if (row[1], row[2]) in claimed]
        if not handled:
            return 0
        by_row = {row[0]: self.env["msp.subscription"].browse(claimed[row[1], row[2]]) for row in handled}
        clients = self.env["msp.billing.run.client"].sudo().browse([row[0] for row in handled])
        self._bill_clients(clients, {client: by_row[client.id] for client in clients})
        return len(handled)

    def _claim_subscriptions(self, keys):
        """Lock the due subscriptions of these clients.

        :param keys: list of (commercial partner id, currency id)
        :return: dict from key to subscription ids; a client is left out when another
            transaction holds one of its subscriptions.
        """
        condition = SQL("%s AND (commercial_partner_id, currency_id) IN %s", self._due_condition(), tuple(keys))
        wanted = self.env.execute_query(
            SQL("SELECT id, commercial_partner_id, currency_id FROM msp_subscription WHERE %s", condition)
        )
        ids = tuple(row[0] for row in wanted) or (0,)
        locked = {
            row[0]
            for row in self.env.execute_query(
                SQL("SELECT id FROM msp_subscription WHERE id IN %s ORDER BY id FOR NO KEY UPDATE SKIP LOCKED", ids)
            )
        }
        claimed = {key: [] for key in keys}
        for subscription_id, partner_id, currency_id in wanted:
            key = (partner_id, currency_id)
            if subscription_id not in locked:
                claimed.pop(key, None)
            elif key in claimed:
                claimed[key].append(subscription_id)
        return claimed

    def _close_generation(self):
        # State is protected; the run itself moves it.
        self.sudo().write({"state": "review", "finished_at": self.env.cr.now()})
        self.env.flush_all()
        moves = self.env["account.move"]
        drafts = moves.search(
            [("billing_run_id", "=", self.id), ("state", "=", "draft"), ("review_state", "=", "to_review")]
        ).ids
        for start in range(0, len(drafts), DRAFTS_CHECKED_AT_ONCE):
            moves.browse(drafts[start : start + DRAFTS_CHECKED_AT_ONCE]).action_preflight_check()
            if len(drafts) > DRAFTS_CHECKED_AT_ONCE:  # memory stays as it is, however many there are
                self.env.flush_all()
                self.env.invalidate_all()
