"""A client pays an invoice in the portal through Odoo's demo provider: the whole way over HTTP, as a browser goes it."""

from __future__ import annotations

import pytest
import requests
from lxml import html

PASSWORD = "portal-client-1"


@pytest.fixture
def demo_provider(rpc):
    """Odoo's provider that charges nothing, installed and published as in the demo company."""
    rpc.config["timeout"] = 300
    modules = rpc.env["ir.module.module"]
    modules.button_immediate_install(modules.search([("name", "=", "payment_demo")]))
    providers = rpc.env["payment.provider"]
    provider = providers.search([("code", "=", "demo"), ("company_id", "=", 1)])
    providers.write(provider, {"state": "test", "is_published": True})
    return provider[0]


@pytest.fixture
def client(rpc):
    """A client with a person who may log in to the portal, and two invoices."""
    partner = rpc.env["res.partner"].create({"name": "Portal Dental", "is_company": True, "country_id": 233})
    person = rpc.env["res.partner"].create(
        {"name": "Pat Portal", "parent_id": partner, "email": "pat@portal.example", "country_id": 233}
    )
    portal = rpc.env["ir.model.data"].search_read([("module", "=", "base"), ("name", "=", "group_portal")], ["res_id"])[
        0
    ]["res_id"]
    rpc.env["res.users"].create(
        {"login": "pat@portal.example", "partner_id": person, "password": PASSWORD, "group_ids": [(6, 0, [portal])]}
    )
    moves = rpc.env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner,
                "invoice_date": "2026-09-01",
                "invoice_date_due": "2026-09-15",
                "invoice_payment_term_id": False,
                "internal_notes": "SECRET-NOTE",
                "invoice_line_ids": [(0, 0, {"name": "Service", "price_unit": amount, "tax_ids": [(5,)]})],
            }
            for amount in (123.45, 80)
        ]
    )
    rpc.env["account.move"].action_post(moves)
    return moves


class Browser:
    """A session of the portal that posts what Odoo's own page would."""

    def __init__(self, url: str):
        self.url, self.session = url, requests.Session()
        token = self.page("/web/login").xpath("//input[@name='csrf_token']/@value")[0]
        answer = self.session.post(
            f"{url}/web/login",
            data={"login": "pat@portal.example", "password": PASSWORD, "csrf_token": token},
            timeout=60,
        )
        assert answer.url.endswith("/my"), answer.url

    def page(self, path: str):
        answer = self.session.get(self.url + path, timeout=120)
        answer.raise_for_status()
        assert "SECRET" not in answer.text
        return html.fromstring(answer.text)

    def call(self, path: str, **params):
        # What the page does not name, the browser does not send.
        params = {name: value for name, value in params.items() if value is not None or name == "token_id"}
        answer = self.session.post(self.url + path, json={"jsonrpc": "2.0", "params": params}, timeout=120).json()
        assert "error" not in answer, answer["error"]["data"]["message"]
        return answer.get("result")  # Odoo leaves out an answer of None


def test_an_invoice_is_paid_in_the_portal(odoo_server, rpc, demo_provider, client):
    paid, other = client
    browser = Browser(odoo_server.url)
    page = browser.page(f"/my/invoices/{paid}")
    assert "Pay Now" in page.text_content()
    form = page.xpath("//form[@id='o_payment_form']")[0]
    option = form.xpath(f".//input[@name='o_payment_radio'][@data-provider-id='{demo_provider}']")[0]
    assert float(form.get("data-amount")) == 123.45

    transaction = browser.call(
        form.get("data-transaction-route"),
        provider_id=demo_provider,
        payment_method_id=int(option.get("data-payment-option-id")),
        token_id=None,
        amount=float(form.get("data-amount")),
        flow="direct",
        tokenization_requested=False,
        landing_route=form.get("data-landing-route"),
        access_token=form.get("data-access-token"),
    )
    browser.call(
        "/payment/demo/simulate_payment",
        reference=transaction["reference"],
        payment_details="1234",
        simulated_state="done",
    )
    browser.page("/payment/status")
    assert browser.call("/payment/status/poll")["state"] == "done"

    states = rpc.env["account.move"].read([paid, other], ["payment_state", "amount_residual"])
    assert states[0]["payment_state"] in ("paid", "in_payment")
    assert states[0]["amount_residual"] == 0
    assert (states[1]["payment_state"], states[1]["amount_residual"]) == ("not_paid", 80)
    after = browser.page(f"/my/invoices/{paid}").text_content()
    assert "Pay Now" not in after
    assert "Pay Now" in browser.page(f"/my/invoices/{other}").text_content()
    partner = rpc.env["account.move"].read([paid], ["commercial_partner_id"])[0]["commercial_partner_id"][0]
    assert "123.45" in rpc.env["res.partner"].read([partner], ["msp_last_payment_text"])[0]["msp_last_payment_text"]
