import csv
import io
import json

import openpyxl
from odoo import Command, http
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import MspBillingCommon

NAMES = ("=1+1", "{=1+1}", "+1+1", "-1+1", "@SUM(A1)", "\tTab", "https://acme.example", "Acme", "-480")
#: As they are in a file for people: what could run as a formula has an apostrophe before it, numbers have none.
SHOWN = ("'=1+1", "{=1+1}", "'+1+1", "'-1+1", "'@SUM(A1)", "'\tTab", "https://acme.example", "Acme", "-480")


@tagged("post_install", "-at_install")
class TestListExport(MspBillingCommon, HttpCase):
    """Finance exports any list with Odoo's own button, and no client's name becomes a formula in it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._login("export_user", "msp_billing.msp_billing_group_user")
        cls.clients = cls.env["res.partner"].create([{"name": name, "ref": "export"} for name in NAMES])
        # Odoo strips what is typed into a form, not what an integration writes.
        cls.env.flush_all()
        for client, name in zip(cls.clients, NAMES, strict=True):
            cls.env.cr.execute("UPDATE res_partner SET name = %s WHERE id = %s", [name, client.id])
        cls.clients.invalidate_recordset()

    @classmethod
    def _login(cls, login, group):
        return new_test_user(
            cls.env(su=True), login, group, password=login, company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )  # fmt: skip

    def _post(self, path, **data):
        self.authenticate(self.user.login, self.user.login)
        answer = self.url_open(path, data={"data": json.dumps(data), "csrf_token": http.Request.csrf_token(self)})
        answer.raise_for_status()
        return answer.content

    def _export(self, kind, **options):
        return self._post(
            f"/web/export/{kind}",
            model="res.partner",
            ids=self.clients.ids,
            domain=[],
            **{
                "import_compat": False,
                "fields": [{"name": "name", "label": "=Name", "type": "char"}, {"name": "ref", "label": "Ref", "type": "char"}],
                "groupby": [],
                **options,
            },
        )  # fmt: skip

    def _cells(self, content):
        """Values of the first column, after a check that no cell is a formula or a link."""
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        for row in sheet.iter_rows():
            for cell in row:
                self.assertNotEqual(cell.data_type, "f", cell.value)
                self.assertFalse(cell.hyperlink, cell.value)
        return [row[0].value for row in sheet.iter_rows()]

    def test_finance_may_export_and_who_has_no_such_right_may_not(self):
        for group, may in (
            ("msp_billing.msp_billing_group_user", True),
            ("msp_billing.msp_billing_group_manager", True),
            ("account.group_account_invoice", False),
        ):
            clients = self.clients.with_user(self._login(f"export_{group}", group))
            with self.subTest(group):
                if may:
                    self.assertEqual(len(clients.export_data(["name"])["datas"]), len(NAMES))
                else:
                    with self.assertRaises(UserError):
                        clients.export_data(["name"])

    def test_a_list(self):
        self.assertEqual(self._cells(self._export("xlsx")), ["'=Name", *self._in_order(SHOWN)])

    def test_a_grouped_list(self):
        found = self._cells(self._export("xlsx", groupby=["name"]))
        self.assertIn("'=1+1 (1)", found)
        self.assertIn("'@SUM(A1)", found)

    def test_a_file_to_be_imported_again_holds_what_is_there(self):
        fields = [{"name": "name", "label": "Name", "type": "char"}]
        found = self._cells(self._export("xlsx", import_compat=True, fields=fields))
        self.assertEqual(found, ["name", *self._in_order(NAMES)])

    def test_a_csv_file(self):
        rows = list(csv.reader(io.StringIO(self._export("csv").decode())))[1:]
        # Odoo's own rule has an apostrophe before negative numbers too.
        shown = [name if name != "-480" else "'-480" for name in SHOWN]
        self.assertEqual([row[0] for row in rows], self._in_order(shown))

    def test_a_pivot(self):
        content = self._post(
            "/web/pivot/export_xlsx",
            title="Clients",
            model="res.partner",
            measure_count=1,
            origin_count=1,
            col_group_headers=[[{"title": "=1+1", "width": 1, "height": 1}]],
            measure_headers=[{"title": "{=1+1}", "width": 1, "height": 1, "is_bold": False}],
            rows=[{"title": title, "indent": 0, "values": [{"value": "=1+1"}, {"value": 12.5}]} for title in NAMES],
        )
        self.assertEqual(self._cells(content)[2:], list(SHOWN_IN_PIVOT))
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        self.assertEqual([cell.value for cell in sheet[3]][1:], ["'=1+1", 12.5])

    def _in_order(self, names):
        """As a list of these clients has them."""
        by_client = dict(zip(self.clients.ids, names, strict=True))
        return [by_client[client.id] for client in self.clients]


#: Odoo writes a pivot's file itself: there nothing may look like a link or a matrix either.
SHOWN_IN_PIVOT = ("'=1+1", "'{=1+1}", *SHOWN[2:6], "'https://acme.example", *SHOWN[7:])
