"""Importing this package registers the statistical rules with the review of msp_billing.

A rule says what it saw and how strong it is (``data["evidence"]``, words joined by ``|``, the most
telling first); what that means as a chance is looked up in the calibration table (weigh.py).
"""

from . import agreement, period, presence, price, quantity, taxes, time, total
