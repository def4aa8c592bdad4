"""One check in several hands at once is recorded, and returned, once. Seeds are printed."""

from __future__ import annotations

WORKERS = 4


def _invoice(rpc) -> tuple[int, int]:
    partner = rpc.env["res.partner"].create({"name": "Pays by check", "customer_rank": 1})
    move = rpc.env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner,
            "invoice_date": "2026-10-01",
            "invoice_line_ids": [(0, 0, {"name": "Devices", "quantity": 1, "price_unit": 100, "tax_ids": [(5, 0, 0)]})],
        }
    )
    rpc.env["account.move"].action_post([move])
    return partner, move


def _dialog(rpc, move: int) -> int:
    action = rpc.env["account.move"].action_record_check([move])
    return (
        rpc.env["account.payment.register"]
        .with_context(**action["context"])
        .create({"check_number": "1001", "amount": 100, "payment_date": "2026-10-20"})
    )


def _payments(rpc, partner: int) -> list[dict]:
    return rpc.env["account.payment"].search_read([("partner_id", "=", partner)], ["check_state", "amount"])


def test_a_check_in_four_hands_is_recorded_and_returned_once(rpc, forks, seed):
    """Four dialogs of four people, one dialog sent four times, four returns of one check."""
    for number in range(6):
        partner, move = _invoice(rpc)
        dialogs = [_dialog(rpc, move) for _ in range(WORKERS)]
        if number % 2:
            dialogs = dialogs[:1] * WORKERS
        forks.wait(*(forks.start("account.payment.register", "action_create_payments", [one]) for one in dialogs))
        payments = _payments(rpc, partner)
        assert [payment["amount"] for payment in payments] == [100.0], payments
        assert rpc.env["account.move"].read([move], ["amount_residual"])[0]["amount_residual"] == 0
        check = payments[0]["id"]
        forks.wait(*(forks.start("account.payment", "action_check_returned", [check]) for _ in range(WORKERS)))
        assert [payment["check_state"] for payment in _payments(rpc, partner)] == ["returned"]
        assert rpc.env["account.move"].read([move], ["amount_residual"])[0]["amount_residual"] == 100
        entries = rpc.env["account.move"].search_count([("reversed_entry_id.origin_payment_id", "=", check)])
        assert entries == 1
