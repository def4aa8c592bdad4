from odoo import api, models
from odoo.tools import SQL

from ..engine.book import EXPIRY, REFUND, capacity
from ..engine.facts import Block, Terms

# What empties a block that is closed.
CLOSING_KINDS = {"expired": EXPIRY, "cancelled": REFUND}


class MspRetainer(models.Model):
    """Blocks as facts for the engine, in one query however many clients."""

    _inherit = "msp.retainer"

    @api.model
    def _load_facts(self, clients, days, block_ids, freed):
        """Blocks that may pay for work of these clients, and those that are to be closed again.

        :param clients: set of (company id, commercial partner id)
        :param days: first and last work date
        :param block_ids: further blocks, out of which time is to be taken
        :param freed: minutes by block id that are reversed before drawing
        :return: list of ``Block`` that can be drawn; for ``settle``, (kind, balance) of closed blocks by id
        """
        self.flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        blocks, closed = [], {}
        for row in self.env.execute_query(self._facts_query(clients, days, block_ids)):
            (block_id, company, client, state, balance, expired, start, expiry, bought, included) = row[:10]
            minimum, increment, multiplied, work_types, services = row[10:]
            if state in CLOSING_KINDS:
                closed[block_id] = (CLOSING_KINDS[state], balance)
            if state not in ("active", "exhausted", "expired"):
                continue
            blocks.append(
                Block(
                    id=block_id,
                    client=(company, client),
                    free=capacity(balance, expired, state == "expired") + freed.get(block_id, 0),
                    date_start=start,
                    date_expiry=expiry,
                    date_bought=bought,
                    included=bool(included),
                    terms=Terms(minimum or 0, increment or 1, bool(multiplied)),
                    work_types=frozenset(work_types or ()),
                    services=frozenset(services or ()),
                )
            )
        return blocks, closed

    @api.model
    def _facts_query(self, clients, days, block_ids):
        return SQL(
            """
            SELECT block.id, block.company_id, client.commercial_partner_id, block.state, block.balance_minutes,
                   block.expired_minutes, block.date_start, block.date_expiry, block.date_bought, block.is_included,
                   block.minimum_minutes, block.increment_minutes, block.is_multiplied,
                   ARRAY(SELECT msp_work_type_id FROM msp_retainer_work_type_rel WHERE msp_retainer_id = block.id),
                   ARRAY(SELECT product_product_id FROM msp_retainer_service_rel WHERE msp_retainer_id = block.id)
              FROM msp_retainer block JOIN res_partner client ON client.id = block.partner_id
             WHERE block.id = ANY(%(blocks)s)
                OR (client.commercial_partner_id = ANY(%(clients)s) AND block.company_id = ANY(%(companies)s)
                    AND block.state IN ('active', 'exhausted', 'expired') AND block.date_start <= %(last)s
                    AND (block.date_expiry IS NULL OR block.date_expiry >= %(first)s))
            """,
            blocks=list(block_ids),
            clients=[client for _company, client in clients],
            companies=[company for company, _client in clients],
            first=days[0],
            last=days[1],
        )

    @api.model
    def _clients_with_blocks(self, clients):
        """Those of these (company id, commercial partner id) for whom hours are kept at all."""
        if not clients:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT block.company_id, client.commercial_partner_id
                  FROM msp_retainer block JOIN res_partner client ON client.id = block.partner_id
                 WHERE client.commercial_partner_id = ANY(%s) AND block.state <> 'cancelled'
                """,
                [client for _company, client in clients],
            )
        )
        return set(rows) & set(clients)

    @api.model
    def _net_draws(self, timesheets):
        """Minutes that time entries have drawn, by entry id and block id."""
        drawn = {}
        if not timesheets.ids:
            return drawn
        for work, block, minutes in self.env.execute_query(
            SQL(
                """
                SELECT timesheet_id, retainer_id, -SUM(minutes)::int FROM msp_retainer_entry
                 WHERE timesheet_id = ANY(%s) AND kind IN ('draw', 'reversal')
              GROUP BY timesheet_id, retainer_id HAVING SUM(minutes) <> 0 ORDER BY MIN(id)
                """,
                timesheets.ids,
            )
        ):
            drawn.setdefault(work, {})[block] = minutes
        return drawn
