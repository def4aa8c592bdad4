"""What colleagues wrote down to be seen before the next invoice goes out."""

from __future__ import annotations

import hashlib

from ..findings import INFO
from ..registry import Rule, register


@register
class StandingNote(Rule):
    """Comes up on every draft until somebody dismisses it, and again when its text changes."""

    code = "standing_note"
    severity, points = INFO, 10
    applies_to_refunds = True
    must_read = True

    def check(self, invoice, policy):
        for note in invoice.notes:
            yield self.hit(
                subject=note.subject,
                fingerprint=hashlib.sha256(note.text.encode()).hexdigest()[:16],
                target=("res.partner", invoice.client_id),
                data={"about": note.about, "text": note.text},
            )
