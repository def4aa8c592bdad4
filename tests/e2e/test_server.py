"""The server that the other tests build on: it answers, it takes RPC and JSON-2, it sends mail."""

import urllib.error
import urllib.request

import pytest


def test_the_login_page_is_served(odoo_server):
    with urllib.request.urlopen(f"{odoo_server.url}/web/login", timeout=60) as page:
        assert page.status == 200
        assert b'name="login"' in page.read()


def test_our_addons_are_installed(rpc):
    ours = rpc.env["ir.module.module"].search_read([("name", "like", "msp_")], ["name", "state"])
    assert ours
    assert {module["state"] for module in ours if module["name"].startswith("msp_")} == {"installed"}


def test_json2_answers_with_a_key_and_refuses_without(odoo_server):
    key = odoo_server.api_key()
    found = odoo_server.json2(key, "res.partner", "search_read", domain=[("id", "=", 1)], fields=["id"])
    assert found == [{"id": 1}]
    with pytest.raises(urllib.error.HTTPError) as refused:
        odoo_server.json2("wrong", "res.partner", "search_read", domain=[], fields=["id"])
    assert refused.value.code == 401


def test_mail_reaches_the_sink_and_nothing_else(rpc, smtp_sink):
    mail = rpc.env["mail.mail"].create(
        {
            "subject": "Grüße",
            "body_html": "<p>hello</p>",
            "email_to": "someone@example.com",
            "email_from": "us@example.com",
        }
    )
    rpc.env["mail.mail"].send([mail])
    assert [(d.recipients, d.message["Subject"]) for d in smtp_sink.deliveries] == [(("someone@example.com",), "Grüße")]
