"""What the RPC fuzz needs: a world with a record of every model, roles, odd values, and an eye on the tables."""

import inspect
from contextlib import contextmanager

import psycopg2
from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from .common_time import MspTimeCommon

CANARY = "CANARY"
DAY = "2026-10-15"
# Never ours to judge: Odoo keeps them.
MAGIC = {"id", "create_uid", "create_date", "write_uid", "write_date", "display_name"}
# Beside our own tables: what our methods could change in the name of somebody who may not.
OTHER_TABLES = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "account_analytic_line",
    "res_partner",
    "res_company",
    "product_template",
    "product_product",
    "mail_mail",
)
# What a refusal or a complaint about odd arguments looks like.
REFUSALS = (
    UserError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    psycopg2.Error,
    AssertionError,
)
# A related record of our world, in the values below.
SAMPLE = object()
# What a record needs beside its required fields, where the database asks for more.
HINTS = {
    "msp.dunning.event": {"kind": "call"},
    "msp.price.change.line": {"kind": "line", "subscription_line_id": SAMPLE},
    "msp.credit.entry": {"credit_move_id": SAMPLE, "origin_move_id": SAMPLE},
}
UNDO = SQL("ROLLBACK TO SAVEPOINT fuzz; RELEASE SAVEPOINT fuzz;")
GENERIC = {"create", "write", "unlink", "copy", "read", "search", "default_get", "fields_get", "get_view", "get_views"}


class MspFuzzCommon(MspTimeCommon):
    """One company with something of everything in it, a stranger's company, and a login for each role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client_a.write({"name": f"{CANARY} Dental", "company_id": cls.env.company.id})
        cls.addons = set(
            cls.env["ir.module.module"]
            .sudo()
            .search([("name", "=like", "msp\\_%"), ("state", "=", "installed")])
            .mapped("name")
        )
        cls._fill_world()
        cls.other_company = cls.setup_other_company(name="Stranger MSP")["company"]
        cls.roles = {
            "staff": cls._login("staff", "base.group_user"),
            "portal": cls._login("portal", "base.group_portal"),
            "technician": cls.technician,
            "invoicing": cls._login("invoicing", "account.group_account_invoice"),
            "auditor": cls._login("auditor", "account.group_account_readonly"),
            "user": cls._login("user", "msp_billing.msp_billing_group_user"),
            "manager": cls._login("manager", "msp_billing.msp_billing_group_manager"),
            "stranger": cls._login("stranger", "msp_billing.msp_billing_group_manager", cls.other_company),
        }
        cls.samples, cls.missing = {"res.partner": cls.client_a}, {}
        for name in ("account.payment.register", "account.move.reversal"):
            cls._make(name, {}, cls.asked)
        if cls.samples["account.payment.register"]:
            cls.samples["account.payment.register"]._create_payments()
        for name in cls._our_models():
            cls._sample(name)
        cls.env.flush_all()
        cls.watched = cls._watch()

    @classmethod
    def _login(cls, name, groups, company=None):
        company = company or cls.env.company
        return new_test_user(
            cls.env(su=True),
            login=f"fuzz_{name}",
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _fill_world(cls):
        """A month billed, half of it posted; counts, time, prices and memories."""
        cls.gold = cls._subscription(name="GOLD", project_ids=[Command.set(cls.project.ids)])
        cls.env["msp.price.override"].create(
            {"partner_id": cls.client_a.id, "product_id": cls.edr.id, "compute": "fixed", "value": 14}
        )
        cls._time(date="2026-09-20")
        posted = cls._run("2026-10-01").move_ids
        posted.action_preflight_check()
        posted.finding_ids[:1].action_acknowledge("known to everybody here")
        posted.action_approve()
        posted._post(soft=False)
        cls.env["msp.subscription"].sync_quantities(
            [{"subscription": cls.gold.name, "product": "EDR", "quantity": 12, "date": "2026-10-16"}]
        )
        cls._time(date="2026-10-20")
        cls.november = cls._run("2026-11-01")
        cls.november.move_ids.action_preflight_check()
        cls.asked = {"active_model": "account.move", "active_ids": posted.ids}

    # ------------------------------------------------------------- what is ours

    @classmethod
    def _our_models(cls):
        """Names of our models and of those that we extend, abstract ones left out."""
        ours = []
        for name in sorted(cls.registry):
            model = cls.env[name]
            if not model._abstract and (name.startswith("msp.") or cls._our_fields(model)):
                ours.append(name)
        return ours

    @classmethod
    def _our_fields(cls, model):
        return [
            field
            for field in model._fields.values()
            if field.name not in MAGIC and cls.addons.intersection(field._modules or ())
        ]

    @classmethod
    def _our_methods(cls, model):
        """Public methods that an addon of ours defines or overrides: name → (function, whether it is new)."""
        found, theirs = {}, set()
        for base in type(model).mro():
            for name, function in vars(base).items():
                code = inspect.unwrap(function) if callable(function) else None
                if name.startswith("_") or name in GENERIC or not inspect.isfunction(code):
                    continue
                parts = (code.__module__ or "").split(".")
                if parts[:2] == ["odoo", "addons"] and parts[2] in cls.addons:
                    found.setdefault(name, code)
                else:
                    theirs.add(name)
        return {name: (code, name not in theirs) for name, code in sorted(found.items()) if cls._is_public(model, name)}

    @staticmethod
    def _is_public(model, name):
        try:
            get_public_method(model, name)
        except UserError:
            return False
        return True

    @staticmethod
    def _is_protected(field):
        """Stored and not for people to edit: whatever the role, a write by RPC must not change it."""
        return bool(field.store and field.column_type and field.readonly)

    # ------------------------------------------------------------------ samples

    @classmethod
    def _sample(cls, name, depth=0):
        """The newest record of a model in our company; made up where there is none. May be empty."""
        if name in cls.samples:
            return cls.samples[name]
        model = cls.env[name].sudo().with_context(active_test=False)
        domain = [("company_id", "in", [cls.env.company.id, False])] if "company_id" in model._fields else []
        if name == "account.move":
            domain = [("billing_run_id", "=", cls.november.id)]
        if name == "account.move.line":
            domain = [("move_id.billing_run_id", "=", cls.november.id), ("display_type", "=", "product")]
        record = model.search(domain, order="id desc", limit=1)
        cls.samples[name] = record
        if not record and name.startswith("msp.") and model._auto and depth < 4:
            cls._make(name, cls._values(model, depth + 1))
        return cls.samples[name]

    @classmethod
    def _make(cls, name, values, context=None):
        """A new sample; where the model does not take it, why."""
        try:
            with mute_logger("odoo.sql_db"), cls.env.cr.savepoint():
                cls.samples[name] = cls.env[name].sudo().with_context(**(context or {})).create(values)
        except REFUSALS as error:
            cls.samples[name] = cls.env[name]
            cls.missing[name] = str(error).splitlines()[0]

    @classmethod
    def _values(cls, model, depth=0):
        """Values for a new record: what is required and has no default."""
        values = {}
        for field in model._fields.values():
            if field.name in MAGIC or not field.store or (field.compute and field.readonly) or field.related:
                continue
            if field.required and not (field.default or field.compute):
                values[field.name] = cls._value(field, depth=depth)
        if "company_id" in model._fields:
            values["company_id"] = cls.env.company.id
        for name, hint in HINTS.get(model._name, {}).items():
            values[name] = cls._value(model._fields[name], depth=depth) if hint is SAMPLE else hint
        return values

    @classmethod
    def _value(cls, field, current=None, depth=0):
        """A value of the field's type that differs from ``current``, as RPC would send it."""
        match field.type:
            case "boolean":
                return not current
            case "integer" | "float" | "monetary":
                return (current or 0) + 7
            case "many2one_reference":
                return 7
            case "date":
                return DAY
            case "datetime":
                return f"{DAY} 08:00:00"
            case "selection":
                keys = field.get_values(cls.env)
                return next((key for key in keys if key != current), None)
            case "many2one":
                found = cls._sample(field.comodel_name, depth) if field.comodel_name in cls.registry else None
                if current and found == current:
                    found = found.sudo().search([("id", "!=", current.id)], limit=1)
                return found.id if found else False
            case "many2many":
                found = cls._sample(field.comodel_name, depth)
                return [Command.set(found.ids)] if current is None else [Command.clear()]
            case "one2many":
                return [Command.clear()]
            case "json":
                return {"fuzz": 1}
            case "reference":
                return f"res.partner,{cls.client_b.id}"
            case "binary":
                return "Znpv"
            case _:
                return "fuzz of a text"

    # ------------------------------------------------------------ eye on tables

    @classmethod
    def _watch(cls):
        """Our tables and the others by their oid in the database."""
        ours = {cls.env[name]._table for name in cls.registry if name.startswith("msp.") and cls.env[name]._auto}
        rows = cls.env.execute_query(
            SQL(
                "SELECT oid::bigint, relname FROM pg_class WHERE relkind = 'r' AND relname IN %s",
                tuple(ours | set(OTHER_TABLES)),
            )
        )
        return dict(rows)

    def _written(self, before=None):
        """How many rows of each watched table this transaction has written so far, undone ones included.

        :param before: statements that are sent along first
        """
        self.env.cr.execute(
            SQL(
                "%s SELECT oid, pg_stat_get_xact_tuples_inserted(oid::oid) + pg_stat_get_xact_tuples_updated(oid::oid)"
                " + pg_stat_get_xact_tuples_deleted(oid::oid) FROM UNNEST(%s) AS oid",
                before or SQL(),
                list(self.watched),
            )
        )
        return {self.watched[oid]: count for oid, count in self.env.cr.fetchall()}

    def _row(self, record):
        """The stored columns of a record, past the cache; none of a read model."""
        if not record._auto:
            return {}
        self.env.cr.execute(SQL("SELECT * FROM %s WHERE id = %s", SQL.identifier(record._table), record.id))
        return next(iter(self.env.cr.dictfetchall()), None)

    def _content(self, tables):
        """A digest of the rows that our company had from the start, by table."""
        digests = {}
        for table in sorted(tables):
            self.env.cr.execute(
                SQL(
                    "SELECT md5(string_agg((to_jsonb(t) - 'write_date' - 'write_uid')::text, '' ORDER BY id))"
                    " FROM %s t WHERE id <= %s",
                    SQL.identifier(table),
                    self.last_ids[table],
                )
            )
            digests[table] = self.env.cr.fetchone()[0]
        return digests

    @contextmanager
    def _undone(self):
        """Whatever happens inside is rolled back; caches only where something was written, for they are dear."""
        # What is undone stays counted: the count after one attempt is that before the next.
        before = self.count or self._written()
        self.env.cr.execute("SAVEPOINT fuzz")
        try:
            yield before
        finally:
            pending = self.env.transaction.field_dirty or self.env.transaction.tocompute
            self.count = self._written(UNDO)
            if pending or self.count != before:
                self.env.transaction.clear()

    def _as(self, role, model, context=None):
        """The model as one of these logins calls it."""
        user = self.roles[role]
        env = api.Environment(self.env.cr, user.id, {"lang": "en_US", "tz": "UTC", **(context or {})})
        return env[model]

    def _arguments(self, code):
        """Lists of arguments to call a method with: empty, by the look of the names, and odd."""
        names = list(inspect.signature(code).parameters.values())[1:]
        names = [p for p in names if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if not names:
            return [[]]
        required = [p for p in names if p.default is p.empty]
        return [
            [None] * len(required),
            [self._guess(p.name) for p in names],
            [[{"id": -1}, "'; --", 10**12][index % 3] for index in range(len(names))],
        ]

    def _guess(self, name):
        guesses = {
            "date": DAY,
            "until": "2027-01-31",
            "day": DAY,
            "rows": [{"subscription": self.gold.name, "product": "EDR", "quantity": 99, "date": DAY}],
            "quantity": 3,
            "limit": 5,
            "amount": 1.0,
            "product_id": self.edr.id,
            "currency_id": self.env.company.currency_id.id,
            "values": {"quantity": 77},
            "vals": {},
        }
        if name in guesses:
            return guesses[name]
        if "date" in name or "day" in name:
            return DAY
        if name.endswith("_ids") or name == "ids":
            return self.client_a.ids
        if name.endswith("_id"):
            return self.client_a.id
        return "typed by the fuzz"
