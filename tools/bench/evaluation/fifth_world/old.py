"""Mistakes that were posted in the past: some were never seen, others were corrected on the next invoice."""

from __future__ import annotations

from dataclasses import replace

from billing_world.rows import Row


def spoil_past(rng, case, share: float) -> None:
    """Spoil that share of the posted invoices."""
    for index, document in enumerate(case.history):
        if rng.random() < share:
            before = document.untaxed
            product = _spoil(rng, document.rows)
            after = case.history[index + 1] if index + 1 < len(case.history) else None
            if product and after and rng.random() < 0.5:
                after.rows.append(_correction(product, round(before - document.untaxed, 2), document))


def _spoil(rng, rows):
    chosen = [number for number, row in enumerate(rows) if row.item is not None and row.subtotal]
    if not chosen:
        return None
    number = rng.choice(chosen)
    row, kind = rows[number], rng.choice(("zero", "units", "price", "twice", "left out"))
    if kind == "zero":
        rows[number] = replace(row, price=0.0)
    elif kind == "units":
        rows[number] = replace(row, quantity=row.quantity * rng.choice((2.0, 10.0)))
    elif kind == "price":
        rows[number] = replace(row, price=round(row.price * rng.choice((0.1, 0.9, 1.1, 10.0)), 2))
    elif kind == "twice":
        rows.append(replace(row, item=None, typed=True))
    elif len(rows) > 1:
        del rows[number]
    return row.product


def _correction(product, amount, document):
    label = f"Correction of {document.date:%m/%Y}: {product.name}"
    quantity = 1.0 if amount > 0 else -1.0
    return Row(
        product,
        label,
        quantity,
        abs(amount),
        taxes=document.rows[0].taxes if document.rows else frozenset(),
        typed=True,
    )
