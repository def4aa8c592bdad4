"""Odoo-free rules of collecting: which step is due, what may be chased, why something is silent, ages, promises, fees.

Nothing in here imports Odoo or reads a clock.
"""
