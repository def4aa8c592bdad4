"""The letter that tells a client of new prices. Free of Odoo: facts go in, PDF bytes come out."""

from .compose import LetterFacts, NewPrice, compose, price_texts
from .render import render_price_letter

__all__ = ["LetterFacts", "NewPrice", "compose", "price_texts", "render_price_letter"]
