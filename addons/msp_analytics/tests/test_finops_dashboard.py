from datetime import timedelta
from unittest.mock import patch

from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import MspMarginCommon


class MspDeskCommon(MspMarginCommon):
    """A desk of one client with four months behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.first = cls.today.replace(day=1)
        cls.env.company.msp_go_live_date = False
        cls.env.company.msp_backlog_limit = 0
        cls.book = cls._desk(cls.client_a, cls.project_a)
        cls.dashboard = cls.env["msp.finops.dashboard"]

    @classmethod
    def _desk(cls, client, project):
        """A client with an agreement since four months, three months billed, one paid, work, a bill and a dispute."""
        start = fields.Date.subtract(cls.first, months=4)
        subscription = cls._subscription(
            client=client,
            date_start=start,
            labor_coverage="all_inclusive",
            project_ids=[Command.link(project.id)],
            lines=[{"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5}],
        )
        subscription.line_ids.copy({"date_start": fields.Date.subtract(cls.first, months=1), "quantity": 2})
        for back in (3, 2, 1):
            day = fields.Date.subtract(cls.first, months=back)
            run = cls._run(day)
            run.move_ids.action_post()
            cls._work(3, day=day + timedelta(days=3), project=project)
            cls._work(1, day=day + timedelta(days=4), project=project, employee=cls.trainee)
            cls._bill(25, {project.account_id.id: 100}, day=day + timedelta(days=5))
        moves = cls.env["account.move"].search(
            [("commercial_partner_id", "=", client.id), ("move_type", "=", "out_invoice")], order="invoice_date"
        )
        cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=moves[0].ids).create(
            {"payment_date": moves[0].invoice_date}
        )._create_payments()
        moves[1].action_dunning_dispute(amount=10, reason="Two too many")
        return subscription


@tagged("post_install", "-at_install")
class TestFinopsDashboard(MspDeskCommon):
    """Every figure equals the list behind it; nothing of another company; queries do not grow with the data."""

    def _load(self, **options):
        self.env.flush_all()
        return self.dashboard.load(options)

    def _listed(self, row, measure=None):
        """What the list behind a figure adds up to."""
        action, measure = row["action"], measure or row["measure"]
        Model = self.env[action["res_model"]].with_context(**action["context"])
        if ":" not in measure:
            return Model.search(action["domain"])[measure]
        return Model._read_group(action["domain"], [], [measure])[0][0] or 0.0

    def test_every_tile_equals_its_list(self):
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        self._subscription(
            client=self.client_b, currency_id=euro.id, date_start=fields.Date.subtract(self.first, months=2)
        )
        for period in ("last_12", "last_month", "last_3", "this_month", "this_year"):
            data = self._load(period=period)
            rows = [
                *data["tiles"], *[sub for tile in data["tiles"] for sub in tile.get("sub", ())], *data["aging"],
                *data["waterfall"], *data["best"], *data["worst"], *data["uncosted"], *data["benchmarks"],
            ]  # fmt: skip
            self.assertGreater(len(rows), 20)
            for row in rows:
                listed, shown = self._listed(row), row["value"]
                with self.subTest(period=period, row=row["key"] if "key" in row else row["name"]):
                    if shown is False:
                        self.assertFalse(listed)
                    else:
                        self.assertAlmostEqual(float(listed), shown, 2)
            self.assertAlmostEqual(
                sum(row["value"] for row in data["aging"]),
                next(tile["value"] for tile in data["tiles"] if tile["key"] == "ar"),
                2,
            )
            for row in data["queue"]:
                self.assertEqual(
                    self.env[row["action"]["res_model"]].search_count(row["action"]["domain"]), row["count"]
                )
            actual = sum(row["value"] for row in data["forecast"]["actual"])
            self.assertAlmostEqual(self._listed({**data["forecast"]}), actual, 2)

    def test_the_forecast_of_the_chart_is_that_of_its_list(self):
        self.env["msp.revenue.forecast"].action_forecast()
        forecast = self._load()["forecast"]
        self.assertEqual(len(forecast["expected"]), 12)
        shown = sum(row["expected"] for row in forecast["expected"])
        self.assertGreater(shown, 0)
        self.assertAlmostEqual(self._listed({"action": forecast["forecast_action"]}, "expected:sum"), shown, 2)

    def test_the_figures_themselves(self):
        """186 a month now (155 + 31). Billed 155, 155, 155 + 31; paid the first with tax; 9 h at 40, 75 of bills.

        Revenue of three months and the one before: 4 × 155 + 31 = 651, all in the last 12 months;
        margin 651 − 360 − 75 = 216 = 33.18 %; rate 651 ÷ 12 h = 54.25.
        """
        data = self._load()
        tiles = {tile["key"]: tile for tile in data["tiles"]}
        self.assertEqual(tiles["mrr"]["value"], 186)
        self.assertAlmostEqual(tiles["gm_blended"]["value"], 216 / 651 * 100, 6)
        self.assertAlmostEqual(tiles["ehr"]["value"], 651 / 12, 6)
        self.assertIn("3.0 h are uncosted", tiles["gm_blended"]["warning"])
        self.assertEqual([row["value"] for row in data["waterfall"]], [0, 155, 31, 0, 0, 186])
        self.assertEqual([point["value"] for point in tiles["mrr"]["trend"]][-6:], [0, 155, 155, 155, 186, 186])
        queue = {row["key"]: row["count"] for row in data["queue"]}
        self.assertEqual(queue["disputes"], 1)
        self.assertEqual(data["first_steps"], [])
        self.assertEqual([(row["name"], row["value"]) for row in data["best"]], [("Acme Dental", 216)])
        self.assertEqual([row["value"] for row in data["uncosted"]], [3])

    def test_another_currency_is_never_added(self):
        euro = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        self._subscription(
            client=self.client_b, currency_id=euro.id, date_start=self.first,
            lines=[{"product_id": self.edr.id, "quantity": 1, "price_unit": 70}],
        )  # fmt: skip
        tile = self._load()["tiles"][0]
        self.assertEqual((tile["value"], [sub["value"] for sub in tile["sub"]]), (186, [70]))
        data = self._load(currency_id=euro.id)
        self.assertEqual((data["tiles"][0]["value"], data["tiles"][0]["sub"]), (70, []))
        self.assertEqual(data["mrr_currency_id"], euro.id)

    def test_an_empty_desk_says_what_to_do_first(self):
        other = self.setup_other_company()["company"]
        data = self.dashboard.with_context(allowed_company_ids=other.ids).load()
        self.assertEqual(
            [step["path"] for step in data["first_steps"]], ["billing-subscriptions", "billing-new-run", "cost-rates"]
        )
        self.assertFalse(any(tile["value"] for tile in data["tiles"]))

    def test_queries_do_not_grow_with_the_data(self):
        """Not by one, also where a screenful of records is more than Odoo reads at a time (made 20 here)."""

        def count(company=self.env.company):
            dashboard = self.dashboard.with_context(allowed_company_ids=company.ids)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            dashboard.load()
            return self.env.cr.sql_log_count - before

        def grow(name):
            client = self.env["res.partner"].create({"name": name})
            self._desk(client, self._project(client, f"Support {name}"))
            self._blocks(client, 40)

        empty = self.setup_other_company()["company"]
        grow("N 1")
        grow("N 2")
        with patch("odoo.orm.models.PREFETCH_MAX", 20), patch("odoo.orm.fields.PREFETCH_MAX", 20):
            count(), count(empty)  # warm: rights are remembered by company
            few, none = count(), count(empty)
            grow("2N 1")
            grow("2N 2")
            self.assertEqual(count(), few)
        self.assertLessEqual(none, few)
        self.assertLess(few, 40)

    def _blocks(self, client, number):
        """Blocks of prepaid hours that expire soon, where such blocks are sold."""
        if "msp.retainer" in self.env:
            block = {
                "partner_id": client.id, "hours_purchased": 10, "date_start": self.first, "opening_reason": "Old system",
                "date_expiry": self.today + timedelta(days=9),
            }  # fmt: skip
            self.env["msp.retainer"].create([dict(block) for _number in range(number)])

    def test_who_may_see_it(self):
        for group, may in (
            ("msp_billing.msp_billing_group_user", True),
            ("account.group_account_readonly", True),
            ("sales_team.group_sale_salesman", False),
            ("base.group_user", False),
        ):
            user = new_test_user(self.env, f"seen_{group}", groups=group)
            with self.subTest(group):
                if may:
                    self.assertTrue(self.dashboard.with_user(user).load()["tiles"])
                else:
                    with self.assertRaises(AccessError):
                        self.dashboard.with_user(user).load()
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        for model in (
            "msp.client.profitability",
            "msp.profitability.item",
            "msp.mrr.movement",
            "msp.kpi",
            "msp.cost.rate",
        ):
            with self.assertRaises(AccessError, msg=model):
                self.env[model].with_user(seller).search([])
        finance = new_test_user(self.env, "desk", groups="msp_billing.msp_billing_group_user")
        with self.assertRaises(AccessError):
            self.env["msp.cost.rate"].with_user(finance).search([])
        with self.assertRaises(AccessError):
            self.env["msp.kpi.benchmark"].with_user(finance).create({"kpi": "x", "source": "y", "year": 2026})

    def test_an_accountant_who_may_only_read_opens_every_report_and_changes_none(self):
        """Each card of the reports centre, its list with all columns, and no way to write what is in it."""
        self.env["msp.revenue.forecast"].action_forecast()
        self.env["msp.month.close"].create({"month": self.first})
        auditor = new_test_user(self.env, "auditor", groups="account.group_account_readonly")
        data = self.dashboard.with_user(auditor).load()
        self.assertTrue(data["tiles"])
        # What an hour costs is a manager's to say; the link to it is not offered.
        self.assertEqual((data["can_set_rates"], self._load()["can_set_rates"]), (False, True))
        names = self._cards(auditor)
        self.assertEqual(names, self._cards(self.env.user))
        visible = self.env["ir.ui.menu"].with_user(auditor)._visible_menu_ids()
        self.assertIn(self.env.ref("msp_billing.msp_finance_menu").id, visible)
        for menu in ("msp_billing.msp_billing_run_new_menu", "msp_dunning.msp_dunning_outbox_menu"):
            self.assertNotIn(self.env.ref(menu).id, visible)
        listed = 0
        for name in names:
            action = self.env.ref(name).sudo()
            if action._name != "ir.actions.act_window" or self.env[action.res_model]._transient:
                continue
            model = self.env[action.res_model].with_user(auditor)
            with self.subTest(name):
                listed += len(self._rows(model))
                if not model._name.startswith("msp."):
                    continue  # what they may do with Odoo's own models is Odoo's to say
                for right in ("write", "create", "unlink"):
                    self.assertFalse(model.has_access(right), right)
        self.assertGreater(listed, 20)
        with self.assertRaises(AccessError):
            self.book.with_user(auditor).name = "Mine"
        with self.assertRaises(AccessError):
            self.env["msp.revenue.forecast"].with_user(auditor).action_forecast()

    def test_who_may_only_read_is_offered_no_button_that_writes(self):
        auditor = new_test_user(self.env, "auditor", groups="account.group_account_readonly")
        for model, buttons in (
            ("msp.month.close", {"action_close", "action_check"}),
            ("msp.revenue.forecast", {"action_forecast"}),
            ("msp.dunning.client", {"action_pause", "action_resume", "action_log_call"}),
            ("msp.dunning.dispute", {"action_resolve"}),
            ("msp.count.status", {"action_change"}),
        ):
            for user, offered in ((self.env.user, buttons), (auditor, set())):
                views = self.env[model].with_user(user).get_views([(False, "list"), (False, "form")])["views"].values()
                found = {node.get("name") for view in views for node in etree.fromstring(view["arch"]).iter("button")}
                self.assertEqual(found & buttons, offered, (model, user.login))

    def _cards(self, user):
        return {card["xmlid"] for group in self.dashboard.with_user(user).reports() for card in group["cards"]}

    def _rows(self, model):
        """Some records with every column of the list, as the web client reads them."""
        arch = etree.fromstring(model.get_views([(False, "list")])["views"]["list"]["arch"])
        columns = {field.get("name") for field in arch.iter("field")}
        asked = {
            name: {"fields": {"display_name": {}}} if model._fields[name].type == "many2one" else {} for name in columns
        }
        return model.web_search_read([], asked, limit=5)["records"]

    def test_a_canary_of_another_company_is_nowhere(self):
        """987,654.32 of revenue, work and agreement in company B: nothing that A reads holds it."""
        other = self.setup_other_company()["company"]
        env = self.env(context={**self.env.context, "allowed_company_ids": other.ids})
        stranger = env["res.partner"].create({"name": "Canary Ltd"})
        journal = env["account.journal"].search([("company_id", "=", other.id), ("type", "=", "sale")], limit=1)
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": stranger.id,
                "journal_id": journal.id,
                "invoice_date": fields.Date.subtract(self.first, months=1),
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Canary", "quantity": 1, "price_unit": 987654.32, "tax_ids": [Command.clear()]}
                    )
                ],
            }
        )
        move.action_post()
        env["msp.kpi.benchmark"].create(
            {
                "kpi": "dso",
                "unit": "days",
                "direction": "down",
                "source": "Canary",
                "year": 2100,
                "mean": 98765,
                "company_id": other.id,
                "confidence": "primary",
            }
        )
        user = new_test_user(
            self.env, "only_a", groups="msp_billing.msp_billing_group_manager",
            company_id=self.env.company.id, company_ids=[Command.set(self.env.company.ids)],
        )  # fmt: skip
        self.assertIn("Canary", str(env["msp.finops.dashboard"].load()))
        self.assertNotIn("Canary", str(self.dashboard.with_user(user).load()))
        self.assertNotIn("98765", str(self.dashboard.with_user(user).load()))
        with self.assertRaises(AccessError):
            self.dashboard.with_user(user).load({"company_id": other.id})
        for model in ("msp.client.profitability", "msp.profitability.item", "msp.kpi", "msp.kpi.benchmark"):
            self.assertNotIn("9876", str(self.env[model].with_user(user).search([]).read()), model)
        self.assertNotIn(b"Canary", self.env["msp.client.profitability"].with_user(user).export_xlsx())


@tagged("post_install", "-at_install")
class TestFinopsAddresses(HttpCase):
    def test_short_addresses(self):
        self.authenticate("admin", "admin")
        for name, path in (("dashboard", "finops-dashboard"), ("reports", "finops-reports")):
            answer = self.url_open(f"/billing/{name}?next=//evil.example", allow_redirects=False)
            self.assertEqual(answer.status_code, 303)
            self.assertURLEqual(answer.headers["Location"], f"/odoo/{path}")
            self.assertTrue(self.env["ir.actions.client"].search_count([("path", "=", path)]))
