"""Bulk price changes: what the new price is, when it may begin, who is left out, what can be taken back.

facts (frozen) → decide → the model inserts dated rows
made rows      → refusal → the model end-dates what may be reverted
"""
