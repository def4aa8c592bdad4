"""The month that is ready to be billed, with what a finance admin would want to catch in it."""

from __future__ import annotations

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo.fields import Command

from .agreements import LIST_PRICES
from .book import Story
from .catalogue import product_name
from .history import invoice_contact

# What the review finds on the drafts of the run, by client.
MISTAKES = {
    "aldergate": "vanished_line",
    "brinkmoor": "zero_line",
    "carrowby": "quantity_jump",
    "dovecote": "duplicate",
    "fennimore": "missing_email",
    "kittery": "price_jump",
    "calderwood": "unbilled_time",
}
# What keeps an agreement from being billed, by client.
PROBLEMS = {"aldergate": "archived_product", "underhill": "no_price", "hartwell": "backlog"}
# What the review finds on drafts that were typed by hand.
TYPED_MISTAKES = {"westerly": "missing_tax", "hartwell": "price_off_resolver"}
CLIENT_NOTES = {
    "garnet": "Board approves every change above 500. Name the ticket in the mail.",
    "silverbrook": "Colocation ends this month, see the notice in the client's file. Ask Elena before sending.",
    "eikenhof": "Wants one invoice for each month, never two months on one.",
}
LINE_NOTES = {("hazelmere", "EDR"): "Trial price until spring; ask Grace whether it stays."}
# Notes on invoices that are still open: client, text.
INVOICE_NOTES = (
    ("ironbark", "Their bookkeeper is on leave; call the owner, not the office."),
    ("quarrystone", "Disputes two hours of the May invoice, ticket with Priya."),
    ("rosewick", "The city pays at the end of the quarter. No reminder before that."),
)


def tell(story: Story) -> None:
    """Plant the mistakes and the notes; each as it happens in an office, by the screen's own methods."""
    for client, plant in _PLANTS:
        if story.has(f"client_{client}"):
            plant(story, client)
    _typed_drafts(story)
    _notes(story)
    story.backdate_messages(story.anchor)


def _main(story: Story, client: str):
    return story.ours(f"agreement_{client}_main")


def _current_line(story: Story, client: str, code: str):
    product = story.named(product_name(code))
    return _main(story, client).line_ids.filtered(
        lambda line: line.product_id.id == product.id and not line.date_end and not line.is_one_off
    )[:1]


def _quantity_slip(story: Story, client: str) -> None:
    """Somebody typed one digit too many into the count."""
    line = _current_line(story, client, "EDR")
    line.apply_change(story.anchor, {"quantity": line.quantity * 10}, reason="Count by phone")


def _price_slip(story: Story, client: str) -> None:
    """A price with the point in the wrong place."""
    line = _current_line(story, client, "MW-STD")
    line.apply_change(story.anchor, {"price_unit": round(line.price_unit / 10, 2)})


def _zero_price(story: Story, client: str) -> None:
    """Somebody cleared a price that was to be negotiated."""
    line = _current_line(story, client, "EDR")
    line.apply_change(story.anchor, {"price_unit": 0.0}, reason="Price in negotiation")


def _no_mail(story: Story, client: str) -> None:
    """The bookkeeper left, and somebody cleared the address."""
    card = story.named(f"client_{client}")
    (card | card.child_ids).email = False


def _typed_twice(story: Story, client: str) -> None:
    """A colleague typed the month's invoice by hand three days early, and posted it."""
    preview = story.office["msp.billing.run"].preview(story.anchor)
    partner = story.named(f"client_{client}")
    bill = next(invoice for invoice in preview["invoices"] if invoice["partner_id"] == partner.id)
    products = {line.name: line.product_id.id for line in _main(story, client).line_ids}
    move = story.office["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": invoice_contact(story, client),
            "invoice_date": story.anchor - timedelta(days=3),
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": products.get(line["name"].split("\n")[0]),
                        "name": line["name"],
                        "quantity": line["quantity"],
                        "price_unit": line["price_unit"],
                        "discount": line["discount"],
                    }
                )
                for line in bill["lines"]
            ],
        }
    )
    move.action_post()
    story.keep("invoice_typed_twice", move)


def _archived_product(story: Story, client: str) -> None:
    """The vendor withdrew it; somebody archived the product and forgot who still has it."""
    story.named("product_legacy_av").active = False


def _no_price(story: Story, client: str) -> None:
    """A new licence in catalogue mode that has no price in the catalogue yet."""
    story.office["msp.subscription.line"].create(
        {
            "subscription_id": _main(story, client).id,
            "product_id": story.named("product_copilot").id,
            "quantity": 5,
            "price_mode": "catalog",
            "date_start": story.anchor,
        }
    )


def _forgotten_agreement(story: Story, client: str) -> None:
    """An agreement that was signed half a year ago and entered only now."""
    main = _main(story, client)
    late = story.office["msp.subscription"].create(
        {
            "name": f"{main.name.split()[0]}-L Cloud backup",
            "partner_id": main.partner_id.id,
            "user_id": main.user_id.id,
            "date_start": story.anchor - relativedelta(months=6),
            "timing": "arrears",
            "line_ids": [
                Command.create(
                    {
                        "product_id": story.named("product_bkp_gb").id,
                        "quantity": 12,
                        "price_unit": LIST_PRICES["BKP-GB"],
                    }
                )
            ],
        }
    )
    late.action_activate()
    story.keep(f"agreement_{client}_late", late)


def _ends_this_month(story: Story, client: str) -> None:
    """An agreement that ends ten days into the month: the last bill is for those days."""
    story.ours(f"agreement_{client}_colo").action_close(story.anchor + timedelta(days=9))


_PLANTS = (
    ("carrowby", _quantity_slip),
    ("kittery", _price_slip),
    ("brinkmoor", _zero_price),
    ("fennimore", _no_mail),
    ("dovecote", _typed_twice),
    ("aldergate", _archived_product),
    ("underhill", _no_price),
    ("hartwell", _forgotten_agreement),
    ("silverbrook", _ends_this_month),
)


def _typed_drafts(story: Story) -> None:
    """Two drafts that were typed by hand: one without tax, one past the client's own price."""
    wanted = (
        ("westerly", {"product_id": story.named("product_hw_ap").id, "quantity": 4, "tax_ids": [Command.clear()]}),
        ("hartwell", {"product_id": story.named("product_hw_ups").id, "quantity": 2, "price_unit": 590.0}),
    )
    moves = story.office["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": invoice_contact(story, client),
                "invoice_date": story.anchor,
                "invoice_line_ids": [Command.create(values)],
            }
            for client, values in wanted
            if story.has(f"client_{client}")
        ]
    )
    moves.action_preflight_check()


def _notes(story: Story) -> None:
    """What colleagues wrote down: on clients, on a line, on invoices that are still open."""
    for client, text in CLIENT_NOTES.items():
        if story.has(f"client_{client}"):
            story.ours(f"client_{client}").msp_standing_note = text
    for (client, code), text in LINE_NOTES.items():
        if story.has(f"client_{client}"):
            _current_line(story, client, code).standing_note = text
    for client, text in INVOICE_NOTES:
        if story.has(f"client_{client}"):
            invoice = story.office["account.move"].search(
                [
                    ("commercial_partner_id", "=", story.named(f"client_{client}").id),
                    ("move_type", "=", "out_invoice"),
                    ("payment_state", "in", ("not_paid", "partial")),
                    ("state", "=", "posted"),
                ],
                order="invoice_date",
                limit=1,
            )
            invoice.internal_notes = text
