"""Finds employees, projects, tasks and work types by what rows of logged time call them."""

MAX_ID = 2**31 - 1


class RowError(Exception):
    """What is wrong with one row, in a sentence."""


class NamedRecords:
    """Reads all that a batch of rows names, in one query for each kind of record.

    ``env`` carries the rights with which projects and tasks are looked for: one that the caller
    may not see does not exist.
    """

    def __init__(self, env, company, rows):
        self.env = env
        self.company = company
        self._employees = self._load_employees(rows)
        self._projects = self._load("project.project", "project", rows, [("allow_timesheets", "=", True)])
        self._tasks = self._load("project.task", "task", rows, [("project_id.allow_timesheets", "=", True)])
        self._work_types = self._load_work_types(rows)

    # ------------------------------------------------------------------ answers

    def employee(self, value):
        """The employee of this id or work e-mail, with superuser rights: only id, name and user are looked at."""
        key = value.strip().lower() if isinstance(value, str) else value
        return self._one(self._employees, key, self.env._("employee"), value)

    def project_and_task(self, row):
        """The project and the task (perhaps none) that a row names."""
        project = task = None
        if row.get("project"):
            project = self._one(self._projects, _key(row["project"]), self.env._("project"), row["project"])
        if row.get("task"):
            found = self._tasks.get(_key(row["task"]), self.env["project.task"])
            if project and isinstance(row["task"], str):
                found = found.filtered(lambda t: t.project_id == project)
            task = self._one({0: found}, 0, self.env._("task"), row["task"])
            if project and task.project_id != project:
                raise RowError(
                    self.env._("Task %(task)s is not one of project %(project)s.", task=task.name, project=project.name)
                )
            project = task.project_id
        if not project:
            raise RowError(self.env._("The row names neither a project nor a task."))
        return project, task or self.env["project.task"]

    def work_type(self, value):
        """The company's work type of this code, else the shared one."""
        key = value.strip().lower() if isinstance(value, str) else value
        return self._one(self._work_types, key, self.env._("work type"), value)

    def _one(self, found, key, what, value):
        if value in (None, False, ""):
            raise RowError(self.env._("The row names no %s.", what))
        records = found.get(key) if isinstance(key, str | int) else None
        if not records:
            raise RowError(self.env._("No %(what)s is called %(value)s.", what=what, value=value))
        if len(records) > 1:
            raise RowError(self.env._("Several of %(what)s are called %(value)s: use the id.", what=what, value=value))
        return records

    # ------------------------------------------------------------------ reading

    def _load_employees(self, rows):
        # Whoever logs time for an employee need not see personnel files.
        employees = self.env["hr.employee"].sudo()
        found = employees.search_fetch([("company_id", "=", self.company.id)], ["name", "work_email", "user_id"])
        result = {}
        for employee in found:
            result[employee.id] = employee
            if employee.work_email:
                key = employee.work_email.strip().lower()
                result[key] = result.get(key, employees) | employee
        return result

    def _load(self, model, key, rows, domain):
        values = [_key(row.get(key)) for row in rows]
        names = list({value for value in values if isinstance(value, str) and "\0" not in value})
        ids = list({value for value in values if isinstance(value, int) and 0 < value <= MAX_ID})
        records = self.env[model]
        if not names and not ids:
            return {}
        company = [("company_id", "in", (False, self.company.id))]
        found = records.search([*company, *domain, "|", ("id", "in", ids), ("name", "in", names)])
        result = {}
        for record in found:
            result[record.id] = record
            result[record.name] = result.get(record.name, records) | record
        return result

    def _load_work_types(self, rows):
        types = self.env["msp.work.type"].sudo()
        if not any(row.get("work_type") for row in rows):
            return {}
        result = {}
        # The company's own comes last and replaces the shared one of the same code.
        for work_type in types.search([("company_id", "in", (False, self.company.id))]).sorted(
            lambda work_type: bool(work_type.company_id)
        ):
            result[work_type.code.strip().lower()] = work_type
        return result


def _key(value):
    """What a row calls a record: an id, or a name without spaces around it."""
    return value.strip() if isinstance(value, str) else None if isinstance(value, bool) else value
