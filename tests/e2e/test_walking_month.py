"""The walking month as another system drives it: import, generate, approve, post, PDF; by RPC and JSON-2."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import odoorpc
import pytest
import requests
from PyPDF2 import PdfReader

DATA = Path(__file__).parent / "data" / "subscriptions.csv"
DAY = "2026-10-01"
# What the file's `expected` column adds up to; worked out beside each row.
TAX = Decimal("0.15")


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with DATA.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def month(odoo_server, rows):
    """A company with the 50 subscriptions of the file, imported through Odoo's own import."""
    rpc = odoo_server.rpc()
    rpc.env["res.company"].write([1], {"email": "billing@msp.example"})
    tax = rpc.env["account.tax"].search([("type_tax_use", "=", "sale"), ("amount", "=", 15)], limit=1)
    products = {row["product"]: row["price_unit"] for row in rows}
    _load(
        rpc,
        "product.product",
        ["id", "default_code", "name", "type", "list_price", "taxes_id/.id"],
        [
            [f"e2e.{c.lower().replace('-', '_')}", c, f"{c} managed", "service", p, str(tax[0])]
            for c, p in products.items()
        ],
    )
    _load(
        rpc,
        "res.partner",
        ["id", "name", "email", "is_company"],
        [[f"e2e.client_{n}", row["client"], row["email"], "1"] for n, row in enumerate(rows)],
    )
    fields = ["id", "name", "partner_id/id", "date_start", "anchor_day", "interval_count", "interval_unit", "timing"]
    fields += ["line_ids/product_id", "line_ids/quantity", "line_ids/price_unit", "line_ids/discount"]
    _load(
        rpc,
        "msp.subscription",
        fields,
        [
            [f"e2e.sub_{n}", row["name"], f"e2e.client_{n}", row["date_start"], row["anchor_day"]]
            + [row["interval_count"], row["interval_unit"], row["timing"]]
            + [row["product"], row["quantity"], row["price_unit"], row["discount"]]
            for n, row in enumerate(rows)
        ],
    )
    ids = rpc.env["msp.subscription"].search([("name", "=like", "E2E-%")])
    assert len(ids) == 50
    rpc.env["msp.subscription"].action_activate(ids)
    return rpc


def _load(rpc, model, fields, data):
    result = rpc.env[model].load(fields, data)
    assert result["ids"], result["messages"]


@pytest.fixture(scope="module")
def run(month):
    preview = month.env["msp.billing.run"].preview(DAY)
    run_id = month.env["msp.billing.run"].create({"date": DAY})
    month.env["msp.billing.run"].action_generate([run_id])
    return {"id": run_id, "preview": preview}


def moves_of(rpc, run_id, *domain):
    return rpc.env["account.move"].search_read(
        [("billing_run_id", "=", run_id), *domain],
        ["partner_id", "amount_untaxed", "amount_total", "state", "review_state", "invoice_date"],
    )


def test_every_total_is_the_one_worked_out_by_hand(month, run, rows):
    drafts = {m["partner_id"][1]: m for m in moves_of(month, run["id"])}
    expected = {row["client"]: Decimal(row["expected"]) for row in rows if Decimal(row["expected"])}
    assert {name: Decimal(str(m["amount_untaxed"])) for name, m in drafts.items()} == expected
    assert len(drafts) == 45
    previewed = {i["partner"]: Decimal(str(i["amount"])) for i in run["preview"]["invoices"]}
    assert previewed == expected
    assert Decimal(str(run["preview"]["totals"]["USD"])) == sum(expected.values())
    state = month.env["msp.billing.run"].read([run["id"]], ["state", "progress", "invoice_count", "problem_ids"])[0]
    assert (state["state"], state["progress"], state["invoice_count"], state["problem_ids"]) == ("review", 100, 45, [])


def test_generate_again_makes_nothing(month, run):
    before = {m["id"] for m in moves_of(month, run["id"])}
    month.env["msp.billing.run"].action_generate([run["id"]])
    assert {m["id"] for m in moves_of(month, run["id"])} == before


def test_a_cancelled_draft_is_made_again_and_no_other(month, run):
    before = moves_of(month, run["id"])
    victim = before[7]
    try:
        month.env["account.move"].button_cancel([victim["id"]])
    except odoorpc.error.RPCError as error:  # Odoo's own button answers None, which RPC cannot carry
        assert "None" in str(error)
    month.env["msp.billing.run"].action_generate([run["id"]])
    after = moves_of(month, run["id"], ("state", "=", "draft"))
    new = [m for m in after if m["id"] not in {b["id"] for b in before}]
    assert [(m["partner_id"], m["amount_untaxed"]) for m in new] == [(victim["partner_id"], victim["amount_untaxed"])]
    assert len(after) == len(before)


def test_approve_post_send_and_read_the_letter(month, run, odoo_server, smtp_sink):
    runs, moves = month.env["msp.billing.run"], month.env["account.move"]
    drafts = moves_of(month, run["id"], ("state", "=", "draft"))
    moves.action_approve([m["id"] for m in drafts])
    runs.action_post_and_send([run["id"]])
    posted = moves_of(month, run["id"], ("state", "=", "posted"))
    assert len(posted) == 45
    for move in posted:
        untaxed = Decimal(str(move["amount_untaxed"]))
        assert Decimal(str(move["amount_total"])) == (untaxed * (1 + TAX)).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    problems = month.env["msp.billing.problem"].search_read([("run_id", "=", run["id"]), ("state", "=", "open")])
    assert problems == []
    assert runs.read([run["id"]], ["state"])[0]["state"] == "done"
    month.env["mail.mail"].process_email_queue()
    recipients = {address for d in smtp_sink.deliveries for address in d.recipients}
    assert {f"ap{n:02d}@client.example" for n in (1, 2, 3)} <= recipients
    text = _pdf_text(odoo_server, [m["id"] for m in posted if m["partner_id"][1] == "Client 02"])
    assert "Client 02" in text
    assert "15 of 30 days" in text
    assert "Page 1" in text or "1 / 1" in text


def _pdf_text(server, ids):
    session = requests.Session()
    page = session.get(f"{server.url}/web/login", params={"db": server.database}, timeout=60).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    login = {"login": "admin", "password": "admin", "csrf_token": token}
    session.post(f"{server.url}/web/login", params={"db": server.database}, data=login, timeout=60)
    report = session.get(
        f"{server.url}/report/pdf/account.report_invoice_with_payments/{','.join(map(str, ids))}", timeout=120
    )
    assert report.headers["Content-Type"] == "application/pdf", report.text[:300]
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(report.content)).pages)


def test_json2_previews_the_same_way(odoo_server, month, run):
    key = odoo_server.api_key()
    answer = odoo_server.json2(key, "msp.billing.run", "preview", date="2026-11-01")
    clients = {invoice["partner"] for invoice in answer["invoices"]}
    assert "Client 10" in clients, "the subscription that starts in November is due then"
    assert answer["date"] == "2026-11-01"


def test_six_generators_at_once_make_one_invoice_each_client(odoo_server, month, run):
    """Six callers, each with a run of its own, for the same day."""
    runs = month.env["msp.billing.run"]
    ids = [runs.create({"date": "2026-11-01"}) for _ in range(6)]

    def generate(run_id):
        client = odoo_server.rpc()
        client.env["msp.billing.run"].action_generate([run_id])
        return client.env["msp.billing.run"].read([run_id], ["state"])[0]["state"]

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(generate, ids)) == {"review"}
    clients = [m["partner_id"][1] for run_id in ids for m in moves_of(month, run_id)]
    assert len(clients) == len(set(clients)) > 30
    charges = month.env["msp.billing.charge"].search_read(
        [("state", "=", "billed"), ("period_start", ">=", "2026-10-02")], ["subscription_line_id", "period_start"]
    )
    keys = [(c["subscription_line_id"][0], c["period_start"]) for c in charges]
    assert len(keys) == len(set(keys))
