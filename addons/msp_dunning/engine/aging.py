"""Buckets of age, as the statement of account has them: one definition for all."""

from odoo.addons.msp_billing.engine.aging import BUCKETS, LIMITS, bucket

__all__ = ["BUCKETS", "LIMITS", "bucket"]
