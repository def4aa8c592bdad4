"""What a rule returns, and the limits the rules go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

INFO, WARNING, BLOCKING = "info", "warning", "blocking"
SEVERITIES = (INFO, WARNING, BLOCKING)


@dataclass(frozen=True, slots=True)
class Hit:
    """One finding, before words: the model makes the sentence out of ``code`` and ``data``.

    :param subject: what it is about within the client (a line's chain, a product, another
        invoice); with client and code it is the key that memory goes by
    :param amount: money at stake in the invoice's currency, signed: negative is too little billed
    :param value: the figure that memory watches: a finding that was acknowledged comes back
        when it grows beyond it
    :param fingerprint: a text that memory watches, such as that of a note
    :param target: (model, id) of the record on which it is mended, where that is not the invoice
    """

    code: str
    severity: str
    points: int
    subject: str = ""
    line_id: int | None = None
    amount: float = 0.0
    value: float = 0.0
    fingerprint: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    target: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits. Percentages are parts of one; amounts are in the invoice's currency."""

    quantity_share: float = 0.20
    quantity_units: float = 2.0
    # A factor that looks like a slip of the finger, whatever the contract says.
    slip_factor: float = 3.0
    slip_units: float = 10.0
    price_share: float = 0.15
    total_share: float = 0.25
    total_amount: float = 50.0
    no_increase_months: int = 24
    twin_days: int = 10
    rate_days: int = 31
    rate_share: float = 0.05
