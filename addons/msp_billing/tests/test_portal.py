import re

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import MspBillingCommon

PAYLOAD = "<img src=x onerror=1>"
SECRETS = ("SECRET-RULE", "markup", "on the cost", "77.31", "Call them first", "CANARY")


@tagged("post_install", "-at_install")
class TestPortal(MspBillingCommon, HttpCase):
    """A client sees its own subscriptions and why its invoices say what they say, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.context_today(cls.env.user)
        cls.first = today.replace(day=1)
        contact = cls.env["res.partner"].create(
            {"name": "Ann of Acme", "parent_id": cls.client_a.id, "email": "ann@x.example"}
        )
        cls.ann = new_test_user(
            cls.env,
            "portal_ann",
            "base.group_portal",
            password="portal_ann",
            partner_id=contact.id,
            company_id=cls.env.company.id,
            company_ids=[Command.set(cls.env.company.ids)],
        )
        # An internal rule with a cost and a markup behind the client's price: 77.31 + 10 % = 85.04
        cls.backup.standard_price = 77.31
        cls.env["msp.price.override"].create(
            {
                "partner_id": cls.client_a.id,
                "product_id": cls.backup.id,
                "compute": "markup",
                "value": 10,
                "note": "SECRET-RULE",
            }
        )
        cls.own = cls._subscription(
            name=f"GOLD {PAYLOAD}",
            date_start=cls.first,
            lines=[
                {"product_id": cls.edr.id, "quantity": 10, "price_unit": 15.5, "name": f"Endpoint {PAYLOAD}"},
                {"product_id": cls.backup.id, "quantity": 2, "price_mode": "catalog"},
            ],
        )
        cls.foreign = cls._subscription(client=cls.client_b, name="CANARY other client", date_start=cls.first)
        cls.draft = cls._subscription(name="CANARY draft", activate=False, date_start=cls.first)
        cls.month = cls._run(date=cls.first)
        cls.invoice = cls.month.move_ids.filtered(lambda move: move.commercial_partner_id == cls.client_a)
        cls.invoice.internal_notes = "Call them first"
        cls.invoice.action_post()

    def _get(self, url, user=None):
        login = (user or self.ann).login
        self.authenticate(login, login)
        return self.url_open(url)

    def _clean(self, response):
        """The page's text, once it is sure that no payload is live and no secret is in it."""
        self.assertEqual(response.status_code, 200)
        self.assertNotIn(PAYLOAD, response.text)
        for secret in SECRETS:
            self.assertNotIn(secret, response.text)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))

    def test_the_list_has_the_clients_own(self):
        text = self._clean(self._get("/my/subscriptions"))
        self.assertIn("GOLD &lt;img", text)
        self.assertIn("Every month, in advance, on day 1", text)
        self.assertIn("Active", text)

    def test_the_page_says_what_there_is_and_when_the_next_invoice_comes(self):
        text = self._clean(self._get(f"/my/subscriptions/{self.own.id}"))
        self.assertIn("Endpoint &lt;img", text)
        self.assertIn("10 × $ 15.50", text.replace("\xa0", " "))
        # catalogue price by the markup: 2 × 85.04 = 170.08; together with 155.00
        self.assertIn("170.08", text)
        self.assertIn("325.08", text)
        following = fields.Date.add(self.first, months=1)
        self.assertIn(following.strftime("%m/%d/%Y"), text)
        self.assertIn(self.invoice.name, text)

    def test_the_invoice_explains_its_amounts_but_not_where_prices_come_from(self):
        response = self._get(f"/my/invoices/{self.invoice.id}")
        text = self._clean(response)
        self.assertIn("How these amounts come about", text)
        self.assertIn("10 × $ 15.50", text.replace("\xa0", " "))
        self.assertIn("85.04", text)
        # what the office is told of the same line
        self.assertIn("on the cost of 77.31", self.invoice.invoice_line_ids.mapped("price_explanation")[1])

    def test_a_prorated_line_says_its_days(self):
        line = self.own.line_ids[0]
        day = fields.Date.add(self.first, days=9)
        line.apply_change(day, {"quantity": 12})
        run = self._run(date=fields.Date.add(self.first, days=10))
        run.move_ids.action_post()
        explanations = run.move_ids.sudo()._portal_explanations()
        total = (fields.Date.add(self.first, months=1) - self.first).days
        kinds = {item["kind"]: (item["days"], item["period_days"]) for item in explanations}
        self.assertEqual(kinds, {"credit": (total - 9, total), "part": (total - 9, total)})
        text = self._clean(self._get(f"/my/invoices/{run.move_ids.id}"))
        self.assertIn(f"{total - 9} of the {total} days", text)

    def test_a_price_changed_by_hand_is_called_agreed(self):
        self.month.move_ids.filtered(lambda m: m.state == "draft").invoice_line_ids.price_unit = 12
        move = self.month.move_ids.filtered(lambda m: m.state == "draft")
        move.action_post()
        (item,) = move.sudo()._portal_explanations()
        self.assertEqual((item["kind"], item["amount"]), ("agreed", 120))

    def test_changes_pauses_and_the_end_are_shown(self):
        line = self.own.line_ids[0]
        line.apply_change(fields.Date.add(self.first, months=2), {"quantity": 20})
        text = self._clean(self._get(f"/my/subscriptions/{self.own.id}"))
        self.assertIn("What is to come", text)
        self.own.action_pause()
        self.assertIn("Paused since", self._clean(self._get(f"/my/subscriptions/{self.own.id}")))
        self.own.action_resume()
        self.own.action_close()
        with freeze_time(fields.Date.add(fields.Date.today(), days=3)):
            self.assertEqual(self.own._portal_page()["state"], "ended")

    def test_another_clients_are_out_of_reach(self):
        for record in (self.foreign, self.draft):
            response = self._get(f"/my/subscriptions/{record.id}")
            self.assertTrue(response.url.endswith("/my/subscriptions"), response.url)
            self._clean(response)
        response = self._get("/my/subscriptions/999999999")
        self.assertTrue(response.url.endswith("/my/subscriptions"))

    def test_another_companys_are_out_of_reach(self):
        other = self.setup_other_company(name="Other MSP")["company"]
        hidden = (
            self.env["msp.subscription"]
            .sudo()
            .create(
                {
                    "name": "CANARY other company",
                    "partner_id": self.client_a.id,
                    "company_id": other.id,
                    "currency_id": other.currency_id.id,
                    "user_id": False,
                    "date_start": self.first,
                }
            )
        )
        hidden.action_activate()
        self._clean(self._get("/my/subscriptions"))
        self._clean(self._get(f"/my/subscriptions/{hidden.id}"))

    def test_nobody_reads_a_page_without_a_login(self):
        self.authenticate(None, None)
        response = self.url_open(f"/my/subscriptions/{self.own.id}")
        self.assertIn("/web/login", response.url)

    def test_pages_only_read(self):
        self.authenticate("portal_ann", "portal_ann")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open("/my/subscriptions", data={"x": 1}).status_code, 405)

    def test_the_home_page_counts_the_clients_own(self):
        self.assertIn("Your Subscriptions", self._clean(self._get("/my")))
        answer = self.make_jsonrpc_request("/my/counters", {"counters": ["msp_subscription_count"]})
        self.assertEqual(answer["msp_subscription_count"], 1)

    def test_portal_users_reach_nothing_by_rpc(self):
        models = [
            "msp.subscription",
            "msp.subscription.line",
            "msp.subscription.pause",
            "msp.billing.charge",
            "msp.billing.run",
            "msp.billing.problem",
            "msp.price.override",
            "msp.preflight.finding",
            "msp.count.log",
            "msp.count.status",
            "msp.billing.export",
        ]
        for model in models:
            records = self.env[model].with_user(self.ann)
            for operation in ("read", "write", "create", "unlink"):
                self.assertFalse(records.has_access(operation), f"{model} {operation}")
        with self.assertRaises(AccessError):
            self.env["msp.subscription"].with_user(self.ann).search_read([], ["name"])
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.ann).invoice_line_ids.read(["price_explanation"])
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.ann).read(["internal_notes"])
        # the allowed side of the pair: its own posted invoice
        self.assertEqual(
            self.invoice.with_user(self.ann).read(["amount_total"])[0]["amount_total"], self.invoice.amount_total
        )
