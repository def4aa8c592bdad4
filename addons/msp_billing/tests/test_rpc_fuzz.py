import time
from collections import Counter
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common_fuzz import CANARY, REFUSALS, MspFuzzCommon

# Who may change nothing of ours, whatever they call.
OUTSIDERS = ("staff", "portal", "stranger")
# Who may not even know the name of a client of ours.
STRANGERS = ("portal", "stranger")
NOISE = ("odoo.sql_db", "odoo.models.unlink", "odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_rule")
# What a role may do by a method although the access list does not let it write the table, and why.
BY_DESIGN = {
    # Who collects stops the reminders of a client without being allowed to edit the client.
    ("res.partner", "action_dunning_pause", "user"),
    ("res.partner", "action_dunning_resume", "user"),
}


@tagged("post_install", "-at_install")
class TestRpcFuzz(MspFuzzCommon):
    """Every field and every public method of our models × every role: no unauthorised change (DESIGN law 9).

    Goes by the registry, so it covers whatever addons of ours are installed. Prints what it covered.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.last_ids = {}
        for table in cls.watched.values():
            query = SQL("SELECT COALESCE(MAX(id), 0) FROM %s", SQL.identifier(table))
            cls.last_ids[table] = cls.env.execute_query(query)[0][0]

    def setUp(self):
        super().setUp()
        self.holes, self.tally, self.rough, self.count = [], Counter(), Counter(), None
        self.started = time.monotonic()
        self.startPatcher(patch("time.sleep", lambda seconds: None))

    def _judge(self, title):
        """Print the coverage; fail with every hole in one list."""
        seconds = time.monotonic() - self.started
        print(f"\nRPC fuzz, {title}: " + ", ".join(f"{v} {k}" for k, v in self.tally.items()) + f"; {seconds:.0f} s")
        for what, count in sorted(self.rough.items()):
            print(f"  rough edge ×{count}: {what}")
        self.assertFalse(self.holes, f"{len(self.holes)} holes:\n" + "\n".join(sorted(set(self.holes))))

    def _attempt(self, action, *args):
        """(answer, whether it was refused) of a call in the name of somebody."""
        try:
            with mute_logger(*NOISE):
                answer = action(*args)
                self.env.flush_all()
            return answer, False
        except REFUSALS as error:
            if not isinstance(error, UserError | ValueError | TypeError):
                self.rough[f"{type(error).__name__} {str(error).splitlines()[0][:100] if str(error) else ''}"] += 1
            return None, True

    # ------------------------------------------------------------------- fields

    def test_no_role_writes_what_is_not_theirs(self):
        for name in self._our_models():
            record = self.samples[name]
            ours = self._our_fields(self.env[name])
            self.tally["models"] += 1
            if not record:
                self.tally["models without a record"] += 1
                self.rough[f"no record of {name}: {self.missing.get(name, '')}"] += 1
                continue
            self.tally["fields"] += len(ours)
            before, shared = self._row(record), self._is_shared(record)
            for field in ours:
                # The rows of a read model have come and gone; nobody writes them anyway.
                value = self._value(field, record.sudo()[field.name] if record._auto else None)
                for role in self.roles:
                    if what := self._write_field(role, record, field, value, before):
                        if not (role == "stranger" and shared):
                            self.holes.append(what)
        self._judge("writes")

    def _write_field(self, role, record, field, value, before):
        """Write one field in the name of a role; return the hole that is found, if any."""
        self.tally["writes"] += 1
        what = f"{role} writes {record._name}.{field.name}"
        with self._undone() as written:
            args = [[record.id], {field.name: value}]
            _answer, refused = self._attempt(call_kw, self._as(role, record._name), "write", args, {})
            if refused:
                self.tally["refused"] += 1
                return None
            if role in OUTSIDERS:
                return what if self._written() != written else None
            if self._is_protected(field) and not record._transient:
                after = self._row(record) or {}
                if after.get(field.name) != before.get(field.name):
                    return f"{what}, which is not for editing: {after.get(field.name)!r}"
        return None

    def _is_shared(self, record):
        """Whether no company owns the record, so that a manager of any may write it."""
        if record._transient or not record._auto:
            return False
        return "company_id" not in record._fields or not record.sudo().company_id

    def test_no_role_creates_or_deletes_what_is_not_theirs(self):
        for name in self._our_models():
            model = self.env[name]
            if not name.startswith("msp.") or not model._auto:
                continue
            self.tally["models"] += 1
            protected = [field for field in self._our_fields(model) if self._is_protected(field)]
            protected = [] if model._transient else protected
            for role in self.roles:
                self._create_and_delete(role, model, protected)
        self._judge("creates and deletions")

    def _create_and_delete(self, role, model, protected):
        sample, mine = self.samples[model._name], self._as(role, model._name)
        values = self._values(model)
        if sample and role in OUTSIDERS and not (role == "stranger" and self._is_shared(sample)):
            with self._undone():
                self.tally["deletions"] += 1
                _answer, refused = self._attempt(call_kw, mine, "unlink", [sample.ids], {})
                if not refused:
                    self.holes.append(f"{role} deletes {model._name}")
        with self._undone():
            self.tally["creates"] += 1
            made, refused = self._attempt(call_kw, mine, "create", [values], {})
            if refused:
                return
            usual = self._row(model.browse(made))
            if role in OUTSIDERS and not model._transient and usual.get("company_id") == self.env.company.id:
                self.holes.append(f"{role} creates {model._name} in our company")
        for field in protected:
            value = self._value(field)
            for vals, context in (({**values, field.name: value}, {}), (values, {f"default_{field.name}": value})):
                with self._undone():
                    self.tally["creates"] += 1
                    made, refused = self._attempt(call_kw, mine, "create", [vals], {"context": context})
                    if refused:
                        continue
                    got = self._row(model.browse(made))
                    if got and got[field.name] != usual[field.name]:
                        how = "a default of " if context else ""
                        self.holes.append(f"{role} creates {model._name} with {how}{field.name} = {got[field.name]!r}")

    # ------------------------------------------------------------------ methods

    def test_no_role_changes_by_a_method_what_is_not_theirs(self):
        for name in self._our_models():
            methods = self._our_methods(self.env[name])
            self.tally["methods"] += len(methods)
            for method, (code, is_new) in methods.items():
                for role in self.roles:
                    self._call_method(role, name, method, code, is_new)
        self._judge("methods")

    def _call_method(self, role, name, method, code, is_new):
        model, record = self._as(role, name), self.samples[name]
        is_model_method = getattr(getattr(type(model), method), "_api_model", False)
        for arguments in self._arguments(code):
            args = arguments if is_model_method else [record.ids, *arguments]
            what = f"{name}.{method}{tuple(arguments)!r}"
            with self._undone() as written:
                answer, refused = self._attempt(call_kw, model, method, args, {})
                self.tally["calls"] += 1
                if refused:
                    self.tally["refused"] += 1
                    continue
                if role in STRANGERS and CANARY in repr(answer):
                    self.holes.append(f"{role} reads our company's data by {what}")
                if is_new and answer is None:
                    self.holes.append(f"{name}.{method} returns None, which XML-RPC cannot carry")
                now = self._written()
                tables = {table for table in now if now[table] != written[table]}
                # What an override of Odoo's own method may do is what Odoo lets the role do.
                if tables and (is_new or role in OUTSIDERS) and (name, method, role) not in BY_DESIGN:
                    self._judge_tables(role, what, tables)

    def _judge_tables(self, role, what, tables):
        """Whether the role may have what a call wrote in these tables."""
        if role == "stranger":
            after = self._content(tables)
            self.env.transaction.clear()
            self.env.cr.execute("ROLLBACK TO SAVEPOINT fuzz")
            before = self._content(tables)
            tables = {table for table in tables if after[table] != before[table]}
        elif role not in OUTSIDERS:
            tables = {table for table in tables if self._is_beyond(role, table)}
        if tables:
            self.holes.append(f"{role} writes {', '.join(sorted(tables))} by {what}")

    def _is_beyond(self, role, table):
        """Whether a table is a manager's to write and not this role's; the engine's ledgers are nobody's."""
        if role == "manager":
            return False
        names = [name for name in self.registry if self.env[name]._table == table and self.env[name]._auto]
        return (
            bool(names)
            and not any(
                self._as(role, name).has_access(right) for name in names for right in ("write", "create", "unlink")
            )
            and any(
                self._as("manager", name).has_access(right) for name in names for right in ("write", "create", "unlink")
            )
        )
