"""The months that were billed: work, changes, the run, posting, and what the clients paid by when."""

from __future__ import annotations

import logging

from dateutil.relativedelta import relativedelta
from odoo.fields import Command

from . import changes, worklog
from .book import Story
from .catalogue import product_name
from .payments import Bank

_logger = logging.getLogger(__name__)

# Months before the one to be billed, day, client, product, quantity: invoices typed by hand.
TYPED = (
    (14, 9, "garnet", "HW-LAP", 5),
    (13, 16, "carrowby", "HW-SW24", 3),
    (12, 22, "westerly", "HW-AP", 8),
    (11, 6, "maplehurst", "HW-LAP", 4),
    (4, 19, "dunmore", "BLOCK-20", 1),
    (6, 11, "elbwerk", "HW-UPS", 4),
    (8, 4, "quarrystone", "BLOCK-20", 1),
    (3, 25, "calderwood", "HW-SW24", 2),
    (6, 12, "silverbrook", "HW-UPS", 3),
    (5, 14, "oakhaven", "BLOCK-20", 1),
    (4, 8, "underhill", "HW-LAP", 6),
    (3, 21, "aldergate", "HW-LAP", 2),
    (2, 13, "umberfield", "BLOCK-20", 1),
    (2, 24, "hartwell", "HW-SW24", 1),
    (1, 17, "garnet", "HW-AP", 10),
    (1, 23, "maplehurst", "HW-UPS", 2),
    (1, 28, "brinkmoor", "HW-LAP", 2),
)
# Months before the one to be billed, day, client, product, price, why: credit notes.
CREDITS = (
    (8, 15, "holloway", "MW-STD", 240.0, "Goodwill: mail outage of 9 hours"),
    (4, 20, "northgate", "LAB-REM", 145.0, "Credit: hour logged for another client"),
    (1, 24, "rosewick", "LAB-ONS", 350.0, "Goodwill: late arrival on two visits"),
)
# Client, finding, months until which it is expected, why: called expected when it first came up.
EXPECTED = (
    ("yarrow", "below_cost", 4, "Three E3 seats at the old price until the renewal; agreed with Mr. Finch"),
    ("pelham", "missing_po", 3, "The order number for next year comes in January, they pay without until then"),
)
# Months before the one to be billed from which a client wants an order number on its invoices.
ORDER_NUMBERS = {"pelham": 2}
# Prepared, not generated: what the finance admin opens.
READY = "run_ready"


def tell(story: Story) -> None:
    """Go through the months in their order, as the office lived through them."""
    bank = Bank(story)
    for index in range(story.months):
        _logger.info("demo month %s of %s: %s", index + 1, story.months, story.month(index))
        changes.happen(story, index)
        if index:
            worklog.log(story, index - 1)
        for client, before in ORDER_NUMBERS.items():
            if before == story.months - index and story.has(f"client_{client}"):
                story.named(f"client_{client}").msp_po_required = True
        bank.collect(story.month(index))
        story.env["msp.demo"]._month_begins(story, index)
        moves = _bill(story, index) + _typed(story, index) + _credits(story, index)
        bank.expect(moves)
        story.backdate_messages(story.month(index))
        story.turn_page()
    changes.happen(story, story.months)
    worklog.log(story, story.months - 1)
    bank.collect(story.anchor)
    story.backdate_messages(story.anchor - relativedelta(days=1))
    story.keep(READY, story.office["msp.billing.run"].create({"date": story.anchor}))


def _bill(story: Story, index: int):
    """One run: generate, review, approve, post; sent long ago, so nothing is sent today. Returns the invoices."""
    day = story.month(index)
    run = story.office["msp.billing.run"].create({"date": day})
    run.action_generate()
    problems = run.problem_ids.mapped("message")
    assert not problems, problems
    drafts = run.move_ids
    _call_expected(story, drafts)
    run.action_approve_clean()
    drafts.filtered(lambda move: move.review_state == "to_review").action_approve()
    drafts.action_post()
    _mark_sent(drafts)
    run._finish()
    # Only the run's own methods write these; the clock of the story is not today's.
    run.sudo().write({"started_at": f"{day} 09:00:00", "finished_at": f"{day} 09:02:30"})
    story.keep(f"run_{index}", run)
    return drafts


def _call_expected(story: Story, drafts) -> None:
    """What the finance admin knows about, she said so, until when and why."""
    for client, code, months, why in EXPECTED:
        if story.has(f"client_{client}"):
            findings = drafts.open_finding_ids.filtered(
                lambda f, client=client, code=code: (
                    f.code == code and f.move_id.commercial_partner_id.id == story.named(f"client_{client}").id
                )
            )
            if findings:
                until = story.anchor + relativedelta(months=months, day=31)
                findings.action_acknowledge(why, until=until, watch=True)


def _mark_sent(moves) -> None:
    """What happened months ago needs no mail today."""
    moves.sudo().with_context(skip_invoice_sync=True, check_move_validity=False).write({"is_move_sent": True})


def _typed(story: Story, index: int):
    """Hardware and blocks of hours sold by hand; the client's price comes from the resolver by itself."""
    Move = story.office["account.move"]
    moves = Move.create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": invoice_contact(story, client),
                "currency_id": story.named(f"agreement_{client}_main").currency_id.id,
                "invoice_date": story.day(index, day),
                "invoice_line_ids": [
                    Command.create({"product_id": story.named(product_name(code)).id, "quantity": quantity})
                ],
            }
            for before, day, client, code, quantity in TYPED
            if before == story.months - index and story.has(f"client_{client}")
        ]
    )
    return _post(moves)


def _credits(story: Story, index: int):
    Move = story.office["account.move"]
    moves = Move.create(
        [
            {
                "move_type": "out_refund",
                "partner_id": invoice_contact(story, client),
                "invoice_date": story.day(index, day),
                "ref": why,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": story.named(product_name(code)).id,
                            "quantity": 1,
                            "price_unit": price,
                            "name": why,
                        }
                    )
                ],
            }
            for before, day, client, code, price, why in CREDITS
            if before == story.months - index and story.has(f"client_{client}")
        ]
    )
    return _post(moves)


def _post(moves):
    if moves:
        moves.action_post()
        _mark_sent(moves)
    return moves


def invoice_contact(story: Story, key: str) -> int:
    return story.named(f"client_{key}").address_get(["invoice"])["invoice"]
