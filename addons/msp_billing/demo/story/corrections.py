"""What was put right and what came by post: credit notes with their reasons, checks, one of them returned."""

from __future__ import annotations

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from . import online
from .book import Story

# Client, how, how much of the first line of its last invoice, reason, days before the month, note for colleagues.
CREDITS = (
    ("brinkmoor", "amount", 45.0, "service_failure", 9, "Backup of the file server failed for three nights"),
    ("garnet", "quantity", 2.0, "wrong_quantity", 12, "Two devices were counted twice after the move"),
    ("holloway", "percent", 10.0, "goodwill", 7, "Phone queue on 3 visits; agreed with Ms. Voss"),
    ("quarrystone", "amount", 80.0, "wrong_price", 6, "Old price on the renewal offer, we honour it"),
)
# Client, number, bank, days before the month, share of what is open.
CHECKS = (
    ("carrowby", "20417", "Denmark Hill Savings", 11, 1.0),
    ("ironbark", "003381", "First Ohio Bank", 10, 0.5),
    ("kestrel", "1120", "Sandy Forks Credit Union", 10, 1.0),
    ("pelham", "88213", "Larkfield National", 8, 1.0),
)
RETURNED = "kestrel"
RETURNED_AFTER, FEE = 5, 35.0
# Client, number, bank, days ahead of today: dated ahead, so it is a promise.
POST_DATED = ("ironbark", "003390", "First Ohio Bank", 12)
DEPOSIT_BEFORE = 7


def tell(story: Story) -> None:
    """Tell the corrections of the weeks before the month that is ready to be billed."""
    _fee_product(story)
    for client, mode, much, reason, before, note in CREDITS:
        if story.has(f"client_{client}"):
            _credit(story, client, mode, much, reason, story.anchor - timedelta(days=before), note)
    checks = {}
    for client, number, bank, before, share in CHECKS:
        if story.has(f"client_{client}"):
            checks[client] = _check(story, client, number, bank, story.anchor - timedelta(days=before), share)
    _deposit(story, [check for check in checks.values() if check])
    if checks.get(RETURNED):
        checks[RETURNED].with_context(mail_activity_quick_update=True).action_check_returned(
            reason="Insufficient funds", date=story.anchor - timedelta(days=RETURNED_AFTER), fee_amount=FEE
        )
    _post_dated(story)
    online.keep_files(story)
    story.backdate_messages(story.anchor - timedelta(days=1))


def _fee_product(story: Story) -> None:
    product = story.env["product.product"].create(
        {
            "name": "Fee for a returned check",
            "default_code": "FEE-NSF",
            "type": "service",
            "list_price": FEE,
            "taxes_id": [Command.clear()],
        }
    )
    story.keep("product_fee_nsf", product)
    story.company.write({"msp_check_fee_product_id": product.id, "msp_check_fee_amount": FEE})


def _invoices(story: Story, client: str):
    """Posted invoices of a client, the last first, with the finance manager's rights."""
    return story.office["account.move"].search(
        [
            ("commercial_partner_id", "=", story.named(f"client_{client}").id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
        ],
        order="invoice_date desc, id desc",
    )


def _credit(story: Story, client: str, mode: str, much: float, reason: str, day, note: str) -> None:
    move = _invoices(story, client).filtered("billing_run_id")[:1]
    if not move:
        return
    dialog = (
        story.office["account.move.reversal"]
        .with_context(active_model="account.move", active_ids=move.ids)
        .create({"credit_mode": mode, "credit_reason_code": reason, "credit_note_text": note, "date": day})
    )
    dialog.credit_line_ids[:1][mode] = much
    dialog.action_credit()


def _check(story: Story, client: str, number: str, bank: str, day, share: float = 1.0, **values):
    """Record a check for what a client owed on ``day``. Returns the payment, or nothing where nothing was open."""
    moves = _invoices(story, client).filtered(
        lambda move: move.payment_state in ("not_paid", "partial") and move.invoice_date < day
    )
    moves = moves.filtered(lambda move: move.currency_id == moves[-1].currency_id)
    if not moves:
        return None
    action = moves.action_record_check()
    amount = moves.currency_id.round(sum(moves.mapped("amount_residual")) * share)
    dialog = (
        story.office["account.payment.register"]
        .with_context(**action["context"])
        .create(
            {
                "check_number": number,
                "check_bank": bank,
                "payment_date": day,
                "amount": amount,
                "journal_id": story.named("journal_bank").id,
                **values,
            }
        )
    )
    dialog.action_create_payments()
    return dialog.check_payment_id


def _deposit(story: Story, checks) -> None:
    if not checks:
        return
    slip = story.office["msp.deposit.slip"].create(
        {"journal_id": checks[0].journal_id.id, "date": story.anchor - timedelta(days=DEPOSIT_BEFORE)}
    )
    slip.add_checks([check.id for check in checks])
    slip.action_deposit()
    story.keep("deposit_slip", slip)


def _post_dated(story: Story) -> None:
    client, number, bank, ahead = POST_DATED
    if story.has(f"client_{client}"):
        today = fields.Date.context_today(story.office.user)
        day = today + timedelta(days=ahead)
        _check(story, client, number, bank, today, check_date=day)
