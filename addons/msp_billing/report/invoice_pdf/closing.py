"""What follows the lines: the totals, how to pay, and the notes."""

from __future__ import annotations

import re

from . import colors, formats
from .facts import InvoiceFacts, Total
from .flow import GREY, INSET, LINE, MM, TINT, Block, Box, Flow, Image, Sheet, Style, stack
from .fonts import BOLD
from .image import fit

_TOTALS = 82 * MM
_BETWEEN = 8 * MM


def block(facts: InvoiceFacts, sheet: Sheet) -> Block:
    """Payment on the left and totals on the right, kept together on one page."""
    right = stack(_totals(facts, sheet), *_company_currency(facts, sheet))
    left = _payment(facts, sheet, sheet.body_width - _TOTALS - _BETWEEN)
    return Block(max(left.height, right.height) + 4 * MM, (*left.at(4 * MM), *right.at(4 * MM)))


def notes(facts: InvoiceFacts, sheet: Sheet, flow: Flow) -> None:
    style = Style(8.5, color=GREY)
    for note in facts.notes:
        flow.gap(3.5 * MM)
        flow.place_lines(
            [sheet.lines([line], style, sheet.left, 0) for line in sheet.wrap(note, style, sheet.body_width)]
        )


def _totals(facts: InvoiceFacts, sheet: Sheet) -> Block:
    rows = []
    for index, total in enumerate(facts.totals):
        last = index == len(facts.totals) - 1
        rows.append(_sum(facts, sheet, total, last and total.kind in ("total", "due")))
    return stack(*rows)


def _sum(facts: InvoiceFacts, sheet: Sheet, total: Total, final: bool) -> Block:
    """One line of the totals; the final one is what the client looks for."""
    x, pad, primary = sheet.right_edge - _TOTALS, INSET, colors.safe(facts.company.primary)
    currency = total.currency or facts.currency
    strong = total.kind in ("total", "due")
    color = ("#ffffff" if colors.luminance(primary) < 0.4 else "#1f2933") if final else Style().color
    style = Style(11 if final else 9.5 if strong else 9, BOLD if strong else Style().face, color)
    amount = formats.money(total.amount, facts.lang, currency.code, currency.digits)
    amount_width = sheet.measure(amount, style) + 6
    label_style = style if strong else Style(style.size, color=GREY)
    label = sheet.text(total.label, label_style, x + pad, _TOTALS - amount_width - 2 * pad)
    value = sheet.text(amount, style, x + pad, _TOTALS - 2 * pad, "right")
    edge = 2.2 * MM if final else 1.6
    body = stack(Block(edge), Block(max(label.height, value.height), label.marks + value.marks), Block(edge))
    if final:
        return stack(Block(1.2 * MM), Block(body.height, (Box(x, 0, _TOTALS, body.height, primary), *body.marks)))
    rule = (Box(x, 0, _TOTALS, 0.6, LINE),) if total.kind == "total" else ()
    return Block(body.height, rule + body.marks)


def _company_currency(facts: InvoiceFacts, sheet: Sheet) -> list[Block]:
    if not facts.tax_totals:
        return []
    x, pad = sheet.right_edge - _TOTALS, INSET
    title = sheet.text(
        facts.term("Taxes in the currency of the company"), Style(7.5, BOLD, GREY), x + pad, _TOTALS - 2 * pad
    )
    rows = []
    for total in facts.tax_totals:
        currency = total.currency or facts.currency
        amount = formats.money(total.amount, facts.lang, currency.code, currency.digits)
        label = sheet.text(total.label, Style(7.5, color=GREY), x + pad, _TOTALS * 0.6)
        value = sheet.text(amount, Style(7.5, color=GREY), x + pad, _TOTALS - 2 * pad, "right")
        rows.append(Block(max(label.height, value.height), label.marks + value.marks))
    return [Block(3 * MM), title, *rows]


def _payment(facts: InvoiceFacts, sheet: Sheet, width: float) -> Block:
    """Terms, dates, reference and account in a quiet box; nothing at all where there is nothing to say."""
    pad, payment = 3 * MM, facts.payment
    inner, x = width - 2 * pad, sheet.left + pad
    blocks = []
    for label, text in _sayings(facts):
        if blocks:
            blocks.append(Block(1.6 * MM))
        if label:
            blocks.append(sheet.text(label, Style(7.5, BOLD, GREY), x, inner))
        blocks += [sheet.text(line, Style(9), x, inner) for line in text if line]
    for picture in payment.pictures:
        image = fit(picture.image, 24 * MM, 24 * MM)
        if image:
            png, wide, high = image
            caption = sheet.text(picture.caption, Style(8, color=GREY), x + wide + 3 * MM, inner - wide - 3 * MM)
            marks = (Image(x, 0, wide, high, png), *caption.at(max(0, (high - caption.height) / 2)))
            blocks += [Block(2 * MM), Block(max(high, caption.height), marks)]
    if not blocks:
        return Block(0)
    body = stack(Block(pad), *blocks, Block(pad))
    return Block(body.height, (Box(sheet.left, 0, width, body.height, TINT), *body.marks))


def _sayings(facts: InvoiceFacts) -> list[tuple[str, list[str]]]:
    """Label and lines of each paragraph of the payment box."""
    payment, found = facts.payment, []

    def money(amount):
        return formats.money(amount, facts.lang, facts.currency.code, facts.currency.digits)

    # Odoo's own terms begin with the words that stand above them here.
    label = facts.term("Payment terms")
    terms = (
        [re.sub(rf"^(payment terms|{re.escape(label)})\s*:\s*", "", payment.terms, flags=re.I)] if payment.terms else []
    )
    if payment.discount_amount is not None and payment.discount_until:
        until = formats.day(payment.discount_until, facts.lang)
        terms.append(facts.term("%(amount)s if paid by %(date)s", amount=money(payment.discount_amount), date=until))
    if terms:
        found.append((label, terms))
    if len(payment.instalments) > 1:
        rows = [
            facts.term("%(amount)s due on %(date)s", amount=money(part.amount), date=formats.day(part.due, facts.lang))
            for part in payment.instalments
        ]
        found.append((facts.term("Instalments"), rows))
    elif payment.due:
        found.append((facts.term("Please pay by"), [formats.day(payment.due, facts.lang)]))
    if payment.reference:
        found.append((facts.term("Payment reference"), [payment.reference]))
    if payment.bank:
        found.append((facts.term("Bank account"), list(payment.bank)))
    return found
