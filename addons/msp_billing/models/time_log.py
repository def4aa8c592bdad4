"""Time that other systems log: reads a batch of rows, creates and changes entries, answers row by row."""

from dataclasses import dataclass

import psycopg2.errors
from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError

from ..engine.time_billing import minutes_of
from .account_analytic_line_guard import FROZEN_FIELDS
from .time_log_names import NamedRecords, RowError

# Nobody works more in a day, and a slip of the keyboard must not bill decades.
MAX_HOURS = 24
DAYS_BACK, DAYS_AHEAD = 5 * 366, 366
REFERENCE_LENGTH = 200

ROW_ERRORS = (UserError, ValidationError, AccessError, ValueError, psycopg2.IntegrityError, psycopg2.DataError)
OTHERS = ("hr_timesheet.group_hr_timesheet_approver", "msp_billing.msp_billing_group_manager")


@dataclass
class Row:
    """One row: what it asks for, and what became of it."""

    index: int
    ref: str = ""
    vals: dict | None = None
    status: str = "error"
    message: str = ""
    line_id: int = 0

    def fail(self, error):
        self.status, self.message = "error", str(error.args[0] if error.args else error).strip()

    def succeed(self, status, line):
        self.status, self.message, self.line_id = status, "", line.id

    def as_dict(self):
        return {
            "row": self.index,
            "external_ref": self.ref,
            "status": self.status,
            "message": self.message,
            "id": self.line_id or False,
        }


class TimeLog:
    """One call of ``log_time``. Look-ups take the same number of queries however many rows there are."""

    def __init__(self, env, rows):
        self.env = env
        self.company = env.company
        self.today = fields.Date.context_today(env["account.analytic.line"])
        self.for_others = env.su or any(env.user.has_group(group) for group in OTHERS)
        # Finance managers may not touch timesheets by Odoo's own rules, and are trusted with them here.
        trusted = env.user.has_group(OTHERS[1]) and not env.user.has_group(OTHERS[0])
        self.lines = env["account.analytic.line"].sudo(env.su or trusted)
        self.known = NamedRecords(self.lines.env, self.company, [row for row in rows if isinstance(row, dict)])
        self.rows = [self._read(index, row) for index, row in enumerate(rows)]

    def apply(self):
        """Do what the rows ask for. Returns a list of dicts, one for each row in order."""
        readable = [row for row in self.rows if row.vals]
        existing = self._existing([row.ref for row in readable])
        fresh, known = {}, []
        for row in readable:
            if row.ref in existing or row.ref in fresh:
                known.append(row)
            else:
                fresh[row.ref] = row
        self._create(list(fresh.values()))
        existing |= {row.ref: self.lines.browse(row.line_id) for row in fresh.values() if row.line_id}
        self._update_known(known, existing)
        return [row.as_dict() for row in self.rows]

    # ------------------------------------------------------------------ reading

    def _read(self, index, data):
        row = Row(index)
        try:
            if not isinstance(data, dict):
                raise RowError(self.env._("A row must be a dictionary with external_ref, employee, date and hours."))
            row.ref = self._reference(data)
            row.vals = self._values(data) | {"external_ref": row.ref}
        except RowError as error:
            row.fail(error)
        return row

    def _reference(self, data):
        value = data.get("external_ref")
        ref = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not ref or len(ref) > REFERENCE_LENGTH or "\0" in ref:
            raise RowError(
                self.env._(
                    "The row needs an external_ref of at most %s characters: it keeps a repeated call from logging twice.",
                    REFERENCE_LENGTH,
                )
            )
        return ref

    def _values(self, data):
        employee = self.known.employee(data.get("employee"))
        if not self.for_others and employee.user_id.id != self.env.uid:
            raise RowError(self.env._("You may log time for yourself only, not for %s.", employee.name))
        project, task = self.known.project_and_task(data)
        vals = {
            "employee_id": employee.id,
            "project_id": project.id,
            "task_id": task.id,
            "company_id": self.company.id,
            "date": self._day(data.get("date")),
            "unit_amount": self._hours(data.get("hours")),
            "name": self._description(data.get("description")),
        }
        if data.get("work_type"):
            vals["work_type_id"] = self.known.work_type(data["work_type"]).id
        if data.get("billable") is not None:
            if data["billable"] not in (True, False):
                raise RowError(self.env._("billable is true or false, not %s.", data["billable"]))
            vals["is_billable"] = bool(data["billable"])
        return vals

    def _day(self, value):
        try:
            day = fields.Date.to_date(value or None)
        except (ValueError, TypeError, AttributeError):
            day = None
        if not day or isinstance(value, int | float):
            raise RowError(self.env._("The date %s is not a day; write it as 2026-01-31.", value))
        if not -DAYS_BACK <= (day - self.today).days <= DAYS_AHEAD:
            raise RowError(self.env._("The date %s is too far away to be right.", day))
        return day

    def _hours(self, value):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_HOURS:
            raise RowError(self.env._("The hours %s are not a number above 0 and up to 24.", value))
        if not minutes_of(value):
            raise RowError(self.env._("%s hours are less than a minute.", value))
        return float(value)

    def _description(self, value):
        if value in (None, False, ""):
            return "/"
        if not isinstance(value, str) or "\0" in value:
            raise RowError(self.env._("The description must be a text."))
        return value.strip() or "/"

    # ------------------------------------------------------------------ effects

    def _existing(self, refs):
        """Entries of the company by external reference, whoever logged them."""
        found = self.lines.sudo().search([("company_id", "=", self.company.id), ("external_ref", "in", refs)])
        return {line.external_ref: self.lines.browse(line.id) for line in found}

    def _create(self, rows):
        """Create in one batch; where that fails, halve it until only the culprits are left out."""
        if not rows:
            return
        try:
            with self.env.cr.savepoint():
                lines = self.lines.create([dict(row.vals) for row in rows])
        except psycopg2.errors.UniqueViolation as error:
            if "external_ref" not in (error.diag.constraint_name or ""):
                raise
            # Another call logged it this moment. This transaction cannot see that entry; done again, it does.
            raise ConcurrencyError(self.env._("The same time is being logged by another call.")) from error
        except ROW_ERRORS as error:
            if len(rows) == 1:
                rows[0].fail(error)
                return
            middle = len(rows) // 2
            self._create(rows[:middle])
            self._create(rows[middle:])
        else:
            for row, line in zip(rows, lines, strict=True):
                row.succeed("created", line)

    def _update_known(self, rows, existing):
        """Bring entries to what their rows say now, in batches in which no entry occurs twice."""
        batch = {}
        for row in rows:
            line = existing.get(row.ref)
            if line is None:
                row.fail(UserError(self.env._("The row before with the same external_ref failed.")))
                continue
            if line.id in batch:
                self._write(list(batch.values()))
                batch = {}
            try:
                changes = self._checked_changes(row, line)
            except (RowError, UserError) as error:
                row.fail(error)
                continue
            row.succeed("unchanged", line)
            if changes:
                batch[line.id] = (row, line, changes)
        self._write(list(batch.values()))

    def _checked_changes(self, row, line):
        if not self.for_others and line.sudo().user_id.id != self.env.uid:
            raise RowError(self.env._("This external_ref belongs to time of somebody else."))
        changes = self._changes(row.vals, line.sudo())
        if not FROZEN_FIELDS.isdisjoint(changes):
            line._check_not_billed()
        return changes

    def _write(self, items):
        """Write changes in one batch; where that fails, halve it until only the culprits are left out.

        :param items: list of (row, entry, values)
        """
        if not items:
            return
        try:
            with self.env.cr.savepoint():
                for _row, line, changes in items:
                    line.write(dict(changes))
        except ROW_ERRORS as error:
            if len(items) == 1:
                row = items[0][0]
                row.line_id = 0
                row.fail(error)
                return
            middle = len(items) // 2
            self._write(items[:middle])
            self._write(items[middle:])
        else:
            for row, line, _changes in items:
                row.succeed("updated", line)

    @staticmethod
    def _changes(vals, line):
        """What a row would change; hours are compared to the minute."""
        changes = {}
        for name, value in vals.items():
            field = line._fields[name]
            old = line[name].id if field.type == "many2one" else line[name]
            if name == "unit_amount":
                same = minutes_of(old) == minutes_of(value)
            else:
                same = (old or False) == (value or False)
            if not same:
                changes[name] = value
        return changes
