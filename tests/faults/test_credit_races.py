"""Credit notes at once: together they never exceed the invoice (RELIABILITY fact 2). Seeds are printed."""

from __future__ import annotations

import random

WORKERS = 4


def _invoice(rpc, quantity: int, price: float) -> tuple[int, int]:
    partner = rpc.env["res.partner"].create({"name": "Credited at once", "customer_rank": 1})
    move = rpc.env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner,
            "invoice_date": "2026-10-01",
            "invoice_line_ids": [
                (0, 0, {"name": "Devices", "quantity": quantity, "price_unit": price, "tax_ids": [(5, 0, 0)]})
            ],
        }
    )
    rpc.env["account.move"].action_post([move])
    return move, rpc.env["account.move.line"].search([("move_id", "=", move), ("display_type", "=", "product")])[0]


def _dialog(rpc, move: int, line: int, quantity: int, keep_open: bool) -> int:
    return rpc.env["account.move.reversal"].create(
        {
            "move_ids": [(6, 0, [move])],
            "company_id": rpc.env["account.move"].read([move], ["company_id"])[0]["company_id"][0],
            "journal_id": rpc.env["account.move"].read([move], ["journal_id"])[0]["journal_id"][0],
            "date": "2026-10-02",
            "credit_mode": "quantity",
            "credit_reason_code": "wrong_quantity",
            "credit_keep_open": keep_open,
            "credit_line_ids": [(0, 0, {"line_id": line, "quantity": quantity})],
        }
    )


def _credits(rpc, move: int) -> list[dict]:
    return rpc.env["account.move"].search_read(
        [("reversed_entry_id", "=", move)], ["state", "amount_untaxed", "amount_residual"]
    )


def test_credit_notes_at_once_never_exceed_the_invoice(rpc, forks, seed, minutes):
    """Rounds of four rivals, each wanting more than a fourth of ten units; also where nothing is reconciled."""
    chance = random.Random(seed)
    lost = 0
    for number in range(12 if not minutes else 600):
        move, line = _invoice(rpc, 10, 15.5)
        asked = [chance.randint(3, 7) for _ in range(WORKERS)]
        keep_open = bool(number % 2)
        dialogs = [_dialog(rpc, move, line, quantity, keep_open) for quantity in asked]
        forks.wait(*(forks.start("account.move.reversal", "action_credit", [dialog]) for dialog in dialogs))
        found = _credits(rpc, move)
        assert {credit["state"] for credit in found} == {"posted"}, found
        units = sum(round(credit["amount_untaxed"] / 15.5) for credit in found)
        assert 0 < units <= 10, (asked, units)
        # Whoever came first got all; nobody who would have fitted in was turned away for nothing.
        losers = list(asked)
        for credit in found:
            losers.remove(round(credit["amount_untaxed"] / 15.5))
        assert all(units + quantity > 10 for quantity in losers), (asked, found)
        (cap,) = rpc.env["msp.credit.cap"].search_read([("line_id", "=", line)], ["quantity_credited"])
        assert cap["quantity_credited"] == units
        lost += WORKERS - len(found)
    print(f"{lost} rivals were refused")
    assert lost


def test_one_dialog_sent_by_four_makes_one_credit_note(rpc, forks, seed):
    move, line = _invoice(rpc, 10, 15.5)
    dialog = _dialog(rpc, move, line, 2, False)
    forks.wait(*(forks.start("account.move.reversal", "action_credit", [dialog]) for _ in range(WORKERS)))
    assert [credit["amount_untaxed"] for credit in _credits(rpc, move)] == [31.0]


def test_a_credit_note_cancelled_by_four_gives_back_once(rpc, forks, seed):
    move, line = _invoice(rpc, 10, 15.5)
    dialogs = [_dialog(rpc, move, line, 4, False) for _ in range(2)]
    for dialog in dialogs:
        rpc.env["account.move.reversal"].action_credit([dialog])
    first = rpc.env["account.move"].search([("reversed_entry_id", "=", move)])[0]
    forks.wait(*(forks.start("account.move", "button_cancel", [first]) for _ in range(WORKERS)))
    (cap,) = rpc.env["msp.credit.cap"].search_read([("line_id", "=", line)], ["quantity_credited", "amount_credited"])
    assert (cap["quantity_credited"], cap["amount_credited"]) == (4, 62.0)
