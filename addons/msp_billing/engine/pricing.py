"""Which price a client pays: the order of precedence, and nothing else.

Facts in, decision out. Of all client prices that apply on a day, exactly one wins:

    1. the nearest partner      the contact itself, then its parent, then the parent's parent
    2. the nearest target       variant, template, category (the product's own, then its parents)
    3. the highest minimum      quantity that is still reached
    4. the asked-for currency   before fixed prices in other currencies

Two rules that are equal in 1–4 overlap; those are refused when they are saved. Should
they exist all the same, the older record wins, so that the answer stays the same.
Where no client price applies, the client's pricelist decides, then the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import HUNDRED

#: Where a price may come from, the most specific first. ``missing``: there is none.
SOURCES = ("variant", "template", "category", "pricelist", "catalogue", "missing")

FIXED, DISCOUNT, MARKUP = "fixed", "discount", "markup"


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """A question to the resolver: what does this client pay for this product?

    :param partner_id: the client or one of its contacts; falsy for nobody in particular
    :param quantity: in ``uom_id``; decides about minimum quantities
    :param date: the day of the price, of the exchange rate and of the pricelist rules
    :param currency_id: of the answer; falsy for the company's
    :param uom_id: the price is per this unit; falsy for the product's own
    :param fiscal_position_id: maps prices that include tax to the client's taxes
    :param pricelist_id: None for the client's own, 0 for no pricelist at all
    """

    partner_id: int | None
    product_id: int
    quantity: float
    date: date
    currency_id: int | None
    company_id: int
    uom_id: int | None = None
    fiscal_position_id: int | None = None
    pricelist_id: int | None = None


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """What the resolver says. ``price`` is None exactly when ``source`` is ``missing``.

    A price of 0 is an answer: somebody decided that this costs nothing. ``base`` is the source of the price from
    which a client's discount was taken; empty for all others.
    """

    price: float | None
    source: str
    override_id: int | None
    explanation: str
    base: str = ""


@dataclass(frozen=True, slots=True)
class PriceRule:
    """A client price. Dates are inclusive, None means open; ``value`` is a price or a percentage."""

    id: int
    partner_id: int
    target: str
    target_id: int
    compute: str
    value: Decimal
    currency_id: int
    min_quantity: Decimal = Decimal(0)
    date_start: date | None = None
    date_end: date | None = None


RuleIndex = dict[tuple[int, str, int], list[PriceRule]]


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """Where a product stands: ``category_ids`` from its own category up to the root."""

    variant_id: int
    template_id: int
    category_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """One question, as the rules see it: ``partner_ids`` from the contact up to the topmost parent.

    ``quantity`` is in the product's own unit of measure.
    """

    partner_ids: tuple[int, ...]
    product: ProductFacts
    quantity: Decimal
    day: date
    currency_id: int


def is_valid_on(rule: PriceRule, day: date) -> bool:
    """Whether ``day`` lies between the rule's dates, both included."""
    return (rule.date_start is None or rule.date_start <= day) and (rule.date_end is None or day <= rule.date_end)


def target_distance(rule: PriceRule, product: ProductFacts) -> int | None:
    """0 variant, 1 template, 2 the product's category, 3 its parent …; None: not about this product.

    >>> rule = PriceRule(1, 7, "category", 30, FIXED, Decimal(5), 1)
    >>> target_distance(rule, ProductFacts(10, 20, (31, 30)))
    3
    """
    if rule.target == "variant":
        return 0 if rule.target_id == product.variant_id else None
    if rule.target == "template":
        return 1 if rule.target_id == product.template_id else None
    try:
        return 2 + product.category_ids.index(rule.target_id)
    except ValueError:
        return None


def rank(rule: PriceRule, situation: Situation) -> tuple | None:
    """The rule's place in the order of precedence, the smallest wins; None where it does not apply."""
    if rule.partner_id not in situation.partner_ids or not is_valid_on(rule, situation.day):
        return None
    if rule.min_quantity and situation.quantity < rule.min_quantity:
        return None
    distance = target_distance(rule, situation.product)
    if distance is None:
        return None
    other_currency = rule.compute == FIXED and rule.currency_id != situation.currency_id
    return (
        situation.partner_ids.index(rule.partner_id),
        distance,
        -rule.min_quantity,
        other_currency,
        rule.id,
    )


def select_rule(rules: Iterable[PriceRule], situation: Situation) -> PriceRule | None:
    """The client price that wins, or None where none applies.

    >>> wide = PriceRule(1, 7, "template", 20, FIXED, Decimal(9), 1)
    >>> bulk = PriceRule(2, 7, "template", 20, FIXED, Decimal(8), 1, min_quantity=Decimal(10))
    >>> def winner(quantity):
    ...     asked = Situation((7,), ProductFacts(10, 20), Decimal(quantity), date(2026, 1, 1), 1)
    ...     return select_rule([wide, bulk], asked).value
    >>> winner("9.99"), winner("10")
    (Decimal('9'), Decimal('8'))
    """
    ranked = [(place, rule) for rule in rules if (place := rank(rule, situation)) is not None]
    return min(ranked, key=lambda item: item[0])[1] if ranked else None


def discounted(base: Decimal, percent: Decimal) -> Decimal:
    """``base`` less ``percent`` of it.

    >>> discounted(Decimal("50.00"), Decimal(10))
    Decimal('45')
    """
    return (base * (HUNDRED - percent) / HUNDRED).normalize()


def marked_up(cost: Decimal, percent: Decimal) -> Decimal:
    """``cost`` plus ``percent`` of it.

    >>> marked_up(Decimal("10.00"), Decimal("12.5"))
    Decimal('11.25')
    """
    return (cost * (HUNDRED + percent) / HUNDRED).normalize()


def index_rules(rules: Iterable[PriceRule]) -> RuleIndex:
    """The rules by partner and target, so that a question looks only at those which could answer it."""
    index: RuleIndex = {}
    for rule in rules:
        index.setdefault((rule.partner_id, rule.target, rule.target_id), []).append(rule)
    return index


def candidates(index: RuleIndex, situation: Situation) -> list[PriceRule]:
    """The rules of the situation's partners about its product; dates and quantities are not looked at yet."""
    product = situation.product
    targets = [("variant", product.variant_id), ("template", product.template_id)]
    targets += [("category", category_id) for category_id in product.category_ids]
    return [
        rule
        for partner_id in situation.partner_ids
        for target, target_id in targets
        for rule in index.get((partner_id, target, target_id), ())
    ]
