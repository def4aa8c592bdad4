"""A second generator of billing histories, written apart from ``billing_world`` and never fitted on: the held-out test."""
