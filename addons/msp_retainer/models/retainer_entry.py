from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .retainer import COUNTERS

# What the database lets happen to an entry: a deleted time entry or user is forgotten, nothing else.
TRIGGER = """
CREATE OR REPLACE FUNCTION msp_retainer_entry_is_final() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.timesheet_id IS NULL OR NEW.timesheet_id = OLD.timesheet_id)
            AND (NEW.create_uid IS NULL OR NEW.create_uid = OLD.create_uid)
            AND (NEW.write_uid IS NULL OR NEW.write_uid = OLD.write_uid)
            AND to_jsonb(NEW) - '{timesheet_id,create_uid,write_uid}'::text[]
              = to_jsonb(OLD) - '{timesheet_id,create_uid,write_uid}'::text[]
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'The ledger of prepaid hours is final: an entry is neither changed nor deleted.';
END
$body$
"""


class MspRetainerEntry(models.Model):
    """The ledger of prepaid hours: append-only, by this model's ``_append`` alone."""

    _name = "msp.retainer.entry"
    _description = "Movement of prepaid hours"
    _order = "id desc"
    _rec_name = "description"

    retainer_id = fields.Many2one(
        "msp.retainer", string="Block", required=True, index=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one(related="retainer_id.company_id")
    partner_id = fields.Many2one(related="retainer_id.partner_id")
    timesheet_id = fields.Many2one(
        "account.analytic.line", string="Time entry", index="btree_not_null", ondelete="set null", readonly=True
    )
    timesheet_ref = fields.Integer(readonly=True, help="Id of the time entry, also when it was deleted since.")
    source_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="Line of the invoice or credit note that moved the hours.",
    )
    kind = fields.Selection(
        [
            ("purchase", "Bought"),
            ("draw", "Used"),
            ("reversal", "Use reversed"),
            ("expiry", "Expired"),
            ("adjustment", "Adjusted"),
            ("refund", "Given back"),
        ],
        required=True,
        readonly=True,
    )
    minutes = fields.Integer(required=True, readonly=True, help="Positive adds to the balance.")
    hours = fields.Float(compute="_compute_hours")
    balance_after = fields.Integer(readonly=True, help="Minutes left in the block after this movement.")
    hours_after = fields.Float(compute="_compute_hours", string="Balance")
    date = fields.Date(required=True, readonly=True, help="Day of the work, the sale or the correction.")
    date_booked = fields.Date(
        string="Booked on", required=True, readonly=True, help="Day on which it was entered, where the company is."
    )
    reason = fields.Char(readonly=True)
    description = fields.Char(readonly=True, help="What was worked on, as it was called then.")

    _kind_check = models.Constraint(
        "CHECK((kind = 'draw' AND minutes < 0) OR (kind = 'reversal' AND minutes > 0) "
        "OR kind IN ('purchase', 'expiry', 'adjustment', 'refund'))",
        "A draw takes hours, a reversal gives them back.",
    )
    _statement_index = models.Index("(retainer_id, id)")

    @api.depends("minutes", "balance_after")
    def _compute_hours(self):
        for entry in self:
            entry.hours, entry.hours_after = entry.minutes / 60, entry.balance_after / 60

    def init(self):
        cr = self.env.cr
        cr.execute(SQL(TRIGGER))
        for name, events, level in (
            ("msp_retainer_entry_final", SQL("UPDATE OR DELETE"), SQL("ROW")),
            ("msp_retainer_entry_kept", SQL("TRUNCATE"), SQL("STATEMENT")),
        ):
            cr.execute(
                SQL(
                    "CREATE OR REPLACE TRIGGER %(name)s BEFORE %(events)s ON msp_retainer_entry "
                    "FOR EACH %(level)s EXECUTE FUNCTION msp_retainer_entry_is_final()",
                    name=SQL.identifier(name),
                    events=events,
                    level=level,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(
            self.env._("The ledger of prepaid hours is written by sales, logged time and corrections alone.")
        )

    def write(self, vals):
        raise UserError(self.env._("An entry of the ledger stays as it is; correct the block with a new one."))

    def unlink(self):
        raise UserError(self.env._("An entry of the ledger stays; correct the block with a new one."))

    # ------------------------------------------------------------------- ledger

    @api.model
    def _append(self, moves, reasons=None, lines=None, days=None):
        """Write movements and the counters of their blocks, in one statement.

        The rows of the blocks are updated in the transaction that decided on them: whoever changed one
        meanwhile makes this fail as a whole and be done again (RELIABILITY fact 2); the balance has its
        floor in the database.

        :param moves: list of ``Movement``, in the order of the statement
        :param reasons: texts by block id
        :param lines: ids by block id of the invoice lines that move the hours
        :param days: dates by block id of movements behind which no time entry is; today if left out
        """
        if not moves:
            return
        blocks = self.env["msp.retainer"].browse({move.block for move in moves})
        blocks.flush_recordset()
        columns = self._columns(moves, reasons or {}, lines or {}, days or {})
        self.env.execute_query(_append_query(columns, self.env.uid, blocks.ids))
        blocks.invalidate_recordset([*COUNTERS, "entry_ids"], flush=False)

    def _columns(self, moves, reasons, lines, days):
        """Values of the new entries, a list for each column of ``COLUMNS``."""
        blocks = self.env["msp.retainer"].browse({move.block for move in moves})
        companies = {block.id: block.company_id for block in blocks}
        today = {company: company._retainer_today() for company in blocks.company_id}
        works = self.env["account.analytic.line"].browse({move.work for move in moves if move.work})
        texts = {work.id: (work.date, work.task_id.name or work.project_id.name) for work in works}
        rows = []
        for move in moves:
            booked = today[companies[move.block]]
            day, text = texts[move.work] if move.work else (days.get(move.block) or booked, None)
            rows.append(
                (
                    move.block,
                    move.work or None,
                    move.kind,
                    move.minutes,
                    day,
                    booked,
                    reasons.get(move.block),
                    text,
                    lines.get(move.block) or None,
                )
            )
        return [list(column) for column in zip(*rows, strict=True)]


COLUMNS = {
    "block": "int",
    "work": "int",
    "kind": "varchar",
    "minutes": "int",
    "day": "date",
    "booked": "date",
    "reason": "varchar",
    "text": "varchar",
    "line": "int",
}


def _append_query(columns, uid, block_ids):
    """The statement that writes the entries and brings the counters of their blocks up to date."""
    arrays = SQL(", ").join(
        SQL("%s::%s[]", column, SQL(kind)) for column, kind in zip(columns, COLUMNS.values(), strict=True)
    )
    return SQL(
        """
        WITH block AS MATERIALIZED (
            SELECT id, balance_minutes FROM msp_retainer WHERE id IN %(blocks)s ORDER BY id FOR NO KEY UPDATE
        ), entry AS (
            INSERT INTO msp_retainer_entry (retainer_id, timesheet_id, timesheet_ref, kind, minutes, balance_after,
                date, date_booked, reason, description, source_line_id, create_uid, create_date, write_uid, write_date)
            SELECT item.block, item.work, item.work, item.kind, item.minutes,
                   block.balance_minutes + SUM(item.minutes) OVER (PARTITION BY item.block ORDER BY item.nr),
                   item.day, item.booked, item.reason, item.text, item.line, %(uid)s, now() AT TIME ZONE 'UTC',
                   %(uid)s, now() AT TIME ZONE 'UTC'
              FROM UNNEST(%(arrays)s) WITH ORDINALITY AS item(%(names)s, nr)
              JOIN block ON block.id = item.block
          ORDER BY item.nr
         RETURNING retainer_id, kind, minutes
        ), sums AS (
            SELECT retainer_id AS id, SUM(minutes) AS balance,
                   COALESCE(SUM(minutes) FILTER (WHERE kind = 'purchase'), 0) AS purchased,
                   COALESCE(SUM(minutes) FILTER (WHERE kind = 'adjustment'), 0) AS adjusted,
                   COALESCE(-SUM(minutes) FILTER (WHERE kind IN ('draw', 'reversal')), 0) AS used,
                   COALESCE(-SUM(minutes) FILTER (WHERE kind = 'expiry'), 0) AS expired,
                   COALESCE(-SUM(minutes) FILTER (WHERE kind = 'refund'), 0) AS refunded
              FROM entry GROUP BY retainer_id
        )
        UPDATE msp_retainer block
           SET balance_minutes = block.balance_minutes + sums.balance,
               purchased_minutes = block.purchased_minutes + sums.purchased,
               adjusted_minutes = block.adjusted_minutes + sums.adjusted,
               used_minutes = block.used_minutes + sums.used,
               expired_minutes = block.expired_minutes + sums.expired,
               refunded_minutes = block.refunded_minutes + sums.refunded,
               hours_purchased = (block.purchased_minutes + sums.purchased) / 60.0,
               hours_used = (block.used_minutes + sums.used) / 60.0,
               hours_remaining = (block.balance_minutes + sums.balance) / 60.0,
               state = CASE WHEN block.state NOT IN ('active', 'exhausted') THEN block.state
                            WHEN block.balance_minutes + sums.balance > 0 THEN 'active' ELSE 'exhausted' END
          FROM sums WHERE sums.id = block.id
     RETURNING block.id
        """,
        blocks=tuple(block_ids),
        arrays=arrays,
        names=SQL(", ").join(SQL.identifier(name) for name in COLUMNS),
        uid=uid,
    )
