"""Odoo-free rules of billing: calendar, proration, ledger, prices, review.

Nothing in here imports Odoo or reads a clock; see docs/ for the map.
"""
