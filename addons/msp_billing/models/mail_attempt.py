"""One attempt to send a mail whose row was claimed and committed before: used by every outbox of these addons."""

import logging
import smtplib

import psycopg2

from ..engine.delivery import LATER, SENT, UNKNOWN, NotSent, verdict

_logger = logging.getLogger(__name__)


def attempt(env, deliver, name):
    """Call ``deliver``, in a savepoint that is undone unless it went well.

    :param deliver: sends; raises ``NotSent`` when it certainly did not go out, anything else when nobody knows
    :param name: what is sent, for the log
    :return: outcome and its reason: see ``engine/delivery.py``
    :raises psycopg2.Error: the database is gone; the row stays claimed and becomes unknown
    """
    try:
        with env.cr.savepoint():
            deliver()
        return SENT, False
    except NotSent as error:
        return error.state, error.reason
    except psycopg2.Error:
        raise
    except smtplib.SMTPServerDisconnected as error:
        return UNKNOWN, env._("The connection was lost on the way: %s", error)
    except Exception as error:
        _logger.exception("%s: not known whether it went out", name)
        return UNKNOWN, f"{type(error).__name__}: {error}"


def send_now(mail):
    """Send Odoo's mail in this transaction.

    :raises NotSent: it certainly did not go out
    :raises RuntimeError: nobody knows
    """
    mail.send()
    if not mail.exists():
        return
    outcome = verdict(mail.state, mail.failure_type, mail.failure_reason)
    if outcome == SENT:
        return
    reason = mail.failure_reason or mail.failure_type or ""
    if outcome == UNKNOWN:
        raise RuntimeError(reason)
    if outcome == LATER:
        reason = reason or mail.env._("This database sends no mail.")
    raise NotSent(outcome, reason)
