import io
import re

import openpyxl
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import MspBillingCommon

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "date_format": "%Y-%m-%d",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
}


class ImportCase(MspBillingCommon):
    SUBSCRIPTION = [
        "name",
        "partner_id",
        "date_start",
        "date_end",
        "line_ids/product_id",
        "line_ids/quantity",
        "line_ids/price_unit",
    ]
    LINE = ["id", "subscription_id", "product_id", "quantity", "price_unit", "date_start", "date_end"]
    PRICE = ["partner_id", "product_id", "value", "date_start", "date_end"]

    def _load(self, model, fields, *rows):
        return self.env[model].load(list(fields), [list(row) for row in rows])

    def _refused(self, model, fields, *rows):
        """Load a wrong file, see that it changed nothing, and return its messages by row (from 0)."""
        before = self.env[model].search_count([])
        result = self._load(model, fields, *rows)
        self.assertFalse(result["ids"])
        self.assertEqual(self.env[model].search_count([]), before)
        by_row = {}
        for message in result["messages"]:
            by_row.setdefault(message["rows"]["from"], []).append(message["message"])
        return {row: "\n".join(messages) for row, messages in by_row.items()}

    def _import_file(self, model, content):
        wizard = self.env["base_import.import"].create(
            {"res_model": model, "file": content, "file_type": XLSX, "file_name": "template.xlsx"}
        )
        preview = wizard.parse_preview(dict(OPTIONS))
        self.assertNotIn("error", preview)
        matches = preview["matches"]
        fields = ["/".join(matches[index]) if matches.get(index) else False for index in range(len(preview["headers"]))]
        return wizard, preview["headers"], fields


@tagged("post_install", "-at_install")
class TestImport(ImportCase):
    """Odoo's own import takes a file whole or not at all, and says by row what is wrong with it."""

    def test_subscriptions_come_with_their_lines(self):
        result = self._load(
            "msp.subscription",
            self.SUBSCRIPTION,
            ("ACME-GOLD", "Acme Dental", "2026-10-01", "", "EDR", "42", "15.5"),
            ("", "", "", "", "BACKUP", "2", "40"),
            ("BRIGHT-DESK", "Bright Law", "2026-10-15", "2027-10-14", "EDR", "", ""),
        )
        self.assertFalse(result["messages"])
        gold, desk = self.env["msp.subscription"].browse(result["ids"])
        self.assertEqual((gold.partner_id, gold.state, gold.interval_unit), (self.client_a, "draft", "month"))
        self.assertEqual(
            [(line.product_id, line.quantity, line.price_unit) for line in gold.line_ids],
            [(self.edr, 42, 15.5), (self.backup, 2, 40)],
        )
        # empty cells mean the usual: one, at the client's price of today
        self.assertEqual((desk.line_ids.quantity, desk.line_ids.price_unit), (1, 15.5))

    def test_the_same_file_again_updates(self):
        subscription = self._subscription(name="ACME-GOLD", activate=False)
        rows = ("acme_backup", "ACME-GOLD", "BACKUP", "2", "40", "", "")
        first = self._load("msp.subscription.line", self.LINE, rows)
        again = self._load("msp.subscription.line", self.LINE, (*rows[:3], "3", *rows[4:]))
        self.assertEqual(first["ids"], again["ids"])
        self.assertEqual(subscription.line_ids.filtered(lambda x: x.product_id == self.backup).quantity, 3)
        # an empty cell leaves what is there
        self._load("msp.subscription.line", self.LINE, (*rows[:3], "", "", "", ""))
        line = subscription.line_ids.filtered(lambda x: x.product_id == self.backup)
        self.assertEqual((line.quantity, line.price_unit), (3, 40))

    def test_wrong_lines_are_named_by_row(self):
        self._subscription(name="ACME-GOLD", activate=False)
        messages = self._refused(
            "msp.subscription.line",
            self.LINE,
            ("", "ACME-GOLD", "EDR", "1", "10", "", ""),
            ("", "ACME-GOLD", "NOSUCH", "1", "10", "", ""),
            ("", "NOBODY", "EDR", "1", "10", "", ""),
        )
        self.assertEqual(set(messages), {1, 2})
        self.assertIn("NOSUCH", messages[1])
        self.assertIn("NOBODY", messages[2])
        messages = self._refused(
            "msp.subscription.line",
            self.LINE,
            ("", "ACME-GOLD", "EDR", "1", "10", "", ""),
            ("", "ACME-GOLD", "EDR", "-4", "10", "", ""),
            ("", "ACME-GOLD", "BACKUP", "1", "10", "2026-12-01", "2026-11-01"),
        )
        self.assertEqual(set(messages), {1, 2})
        self.assertRegex(messages[1], "EDR.*ACME-GOLD.*-4.*negative")
        self.assertRegex(messages[2], "BACKUP.*ACME-GOLD.*ends on 2026-11-01, before")

    def test_wrong_subscriptions_are_named_by_row(self):
        row = ("Gold", "Acme Dental", "2026-10-01", "", "EDR", "1", "10")
        messages = self._refused(
            "msp.subscription",
            self.SUBSCRIPTION,
            row,
            ("Silver", "Nobody & Sons", "2026-10-01", "", "EDR", "1", "10"),
            ("Bronze", "Acme Dental", "soon", "", "EDR", "1", "10"),
        )
        self.assertEqual(set(messages), {1, 2})
        self.assertIn("Nobody & Sons", messages[1])
        self.assertIn("soon", messages[2])
        messages = self._refused(
            "msp.subscription",
            self.SUBSCRIPTION,
            row,
            ("Silver", "Acme Dental", "2026-10-01", "2026-09-01", "EDR", "1", "10"),
            ("Bronze", "Acme Dental", "2026-10-01", "", "EDR", "-1", "10"),
            ("Tin", "", "2026-10-01", "", "EDR", "1", "10"),
        )
        self.assertEqual(set(messages), {1, 2, 3})
        self.assertRegex(messages[1], "Silver.*2026-09-01.*before the start")
        self.assertIn("negative", messages[2])
        self.assertRegex(messages[3], "Client|partner")

    def test_a_missing_price_is_refused_but_a_typed_zero_is_free(self):
        free = self._product("FREE", 0.0)
        messages = self._refused(
            "msp.subscription", self.SUBSCRIPTION, ("Gold", "Acme Dental", "2026-10-01", "", "FREE", "1", "")
        )
        self.assertRegex(messages[0], "FREE.*Gold has no price")
        result = self._load(
            "msp.subscription", self.SUBSCRIPTION, ("Gold", "Acme Dental", "2026-10-01", "", "FREE", "1", "0")
        )
        line = self.env["msp.subscription"].browse(result["ids"]).line_ids
        self.assertEqual((line.product_id, line.price_unit), (free, 0))

    def test_wrong_prices_are_named_by_row(self):
        good = ("Acme Dental", "EDR", "14", "2026-10-01", "")
        messages = self._refused(
            "msp.price.override",
            self.PRICE,
            good,
            ("Bright Law", "NOSUCH", "14", "", ""),
            ("Ghost", "EDR", "14", "", ""),
        )
        self.assertEqual(set(messages), {1, 2})
        messages = self._refused(
            "msp.price.override",
            self.PRICE,
            good,
            ("Acme Dental", "EDR", "13", "2026-12-01", ""),
        )
        self.assertEqual(list(messages), [1])
        self.assertRegex(messages[1], "overlaps another one: Acme Dental")
        messages = self._refused(
            "msp.price.override",
            self.PRICE,
            good,
            ("Bright Law", "EDR", "13", "2026-12-01", "2026-11-01"),
            ("Bright Law", "EDR", "-13", "", ""),
            ("Bright Law", "", "13", "", ""),
        )
        self.assertEqual(set(messages), {1, 2, 3})
        self.assertIn("cannot end before it starts", messages[1])
        self.assertIn("cannot be negative", messages[2])
        self.assertIn("choose exactly one", messages[3])

    def test_protected_fields_cannot_be_imported(self):
        messages = self._refused("msp.subscription", ["name", "partner_id", "state"], ("Gold", "Acme Dental", "Active"))
        self.assertIn("state", messages[0])

    def test_templates_are_understood_by_the_import(self):
        self._product("DESK", 49.0)
        self.env["product.template"].create({"name": "Server backup"})
        self.env["product.category"].create({"name": "Licences"})
        for model in ("msp.subscription", "msp.subscription.line", "msp.price.override"):
            columns = self.env[model]._import_columns()
            wizard, headers, fields = self._import_file(model, self.env[model]._render_import_template())
            self.assertEqual(headers, [column.label for column in columns])
            self.assertEqual(fields, [column.path for column in columns])
            result = wizard.execute_import(fields, headers, dict(OPTIONS))
            self.assertEqual(result["messages"], [], model)
            self.assertEqual(len(result["ids"]), 2 if model == "msp.subscription" else 3)
        gold = self.env["msp.subscription"].search([("name", "=", "ACME-GOLD")])
        self.assertEqual(gold.labor_coverage, "all_inclusive")
        # both files name these lines by the same keys: updated, not doubled
        self.assertEqual(len(gold.line_ids), 2)
        self.assertEqual(str(gold.date_start), "2026-10-01")

    def test_a_file_longer_than_a_batch_goes_in_whole_or_not_at_all(self):
        book = openpyxl.Workbook()
        book.active.append(["Client", "Product Variant", "Value", "From", "Until"])
        for year in range(2030, 2036):
            book.active.append(["Acme Dental", "EDR", 10, f"{year}-01-01", f"{year}-12-31"])
        book.active.append(["Acme Dental", "EDR", 10, "2030-02-01", "2030-03-01"])
        buffer = io.BytesIO()
        book.save(buffer)
        wizard, headers, fields = self._import_file("msp.price.override", buffer.getvalue())
        before = self.env["msp.price.override"].search_count([])
        result = wizard.execute_import(fields, headers, {**OPTIONS, "limit": 2})
        self.assertFalse(result["ids"])
        self.assertEqual(self.env["msp.price.override"].search_count([]), before)
        self.assertIn("overlaps", result["messages"][0]["message"])

    def test_the_page_explains_every_column(self):
        guide = self.env["msp.import.guide"].create({})
        for kind, _title in guide._selection_kind():
            guide.kind = kind
            text = re.sub(r"<[^>]+>", " ", guide.content)
            for column in self.env[kind]._import_columns():
                self.assertIn(column.label, text)
                self.assertTrue(column.help)
            action = guide.action_import()
            self.assertEqual((action["tag"], action["params"]["active_model"]), ("import", kind))

    def test_finance_users_do_not_import_prices(self):
        user = new_test_user(
            self.env,
            "import_user",
            "msp_billing.msp_billing_group_user",
            company_id=self.env.company.id,
            company_ids=[Command.set(self.env.company.ids)],
        )
        guide = self.env["msp.import.guide"].with_user(user).create({"kind": "msp.price.override"})
        self.assertFalse(guide.can_import)
        with self.assertRaises(AccessError):
            guide.action_import()
        guide.kind = "msp.subscription"
        self.assertTrue(guide.can_import)
        result = self.env["msp.price.override"].with_user(user).load(self.PRICE, [["Acme Dental", "EDR", "1", "", ""]])
        self.assertFalse(result["ids"])


@tagged("post_install", "-at_install")
class TestImportDownload(ImportCase, HttpCase):
    def test_templates_are_for_those_who_may_read_the_model(self):
        url = "/msp_billing/import/msp.subscription.xlsx"
        offered = self.env["msp.subscription"].get_import_templates()
        self.assertEqual(offered[0]["template"], url)
        self.authenticate(self.env.user.login, self.env.user.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        self.assertEqual(book.sheetnames, ["Import", "Columns"])
        self.assertEqual(self.url_open("/msp_billing/import/res.users.xlsx").status_code, 404)
        for login, group in (("import_staff", "base.group_user"), ("import_portal", "base.group_portal")):
            new_test_user(self.env, login, group, password=login)
            self.authenticate(login, login)
            self.assertEqual(self.url_open(url).status_code, 404, group)
