"""What became of a mail that was handed over, and when it is tried again (RELIABILITY fact 5).

``sent``, ``failed`` (nothing changes by trying again), ``later`` (refused for now), ``unknown`` (it may have gone
out). Only what certainly did not go out is ever tried again by itself.
"""

from __future__ import annotations

import re

SENT, FAILED, LATER, UNKNOWN = "sent", "failed", "later", "unknown"
#: How often a mail that was put off is tried before somebody has to look at it.
TRIES = 5
# As Odoo words the answer of a mail server: "(451, b'…')".
_REPLY_CODE = re.compile(r"\((\d{3}), ")
_LONGEST_WAIT = 8


class NotSent(Exception):
    """It certainly did not go out.

    :param state: ``failed`` or ``later``
    :param reason: a sentence for the person who looks after it
    """

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason


def verdict(state: str | None, failure_type: str | None, reason: str | None) -> str:
    """The outcome, from what Odoo's mail says after sending.

    :param state: of the mail; None when it is gone, which is what happens to sent ones
    :param failure_type: Odoo's kind of failure; empty where no server could be reached
    :param reason: what the server answered

    >>> verdict(None, None, None), verdict("outgoing", None, None), verdict("exception", "mail_email_missing", "")
    ('sent', 'later', 'failed')
    >>> [verdict("exception", "unknown", f"({code}, b'no')") for code in (451, 550)]
    ['later', 'failed']
    >>> verdict("exception", "unknown", "Connection unexpectedly closed")
    'unknown'
    """
    if state in (None, "sent"):
        return SENT
    if state == "outgoing" or not failure_type:
        return LATER
    if failure_type.startswith(("mail_email", "mail_from")):
        return FAILED
    code = _REPLY_CODE.search(reason or "")
    if not code:
        return UNKNOWN
    return LATER if code[1].startswith("4") else FAILED


def wait_minutes(first: int, attempts: int) -> int:
    """Minutes until the next try: the first wait, doubled with each further attempt, within bounds.

    >>> [wait_minutes(5, attempts) for attempts in (0, 1, 2, 3, 50)]
    [5, 5, 10, 20, 1280]
    """
    return first * 2 ** min(max(attempts - 1, 0), _LONGEST_WAIT)
