import logging
import smtplib

from odoo import models

_logger = logging.getLogger(__name__)
# Holds a ``Sessions``: an object, so that no caller from outside can ask for it.
SESSIONS = "msp_dunning_smtp"


class Sessions:
    """Connections to mail servers, kept for the few mails of one look at the outbox.

    Before each further mail the server is asked whether it is still there: a connection it has closed meanwhile is
    replaced while nothing is on the way. After any doubt it is dropped, so that what is known of a mail is never
    that of the one before (RELIABILITY fact 5).
    """

    def __init__(self):
        self._kept = {}

    def take(self, key, connect):
        """A connection that is alive; ``connect()`` makes a new one.

        Nothing where this database sends no mail; what cannot be asked whether it is alive is not kept.
        """
        kept = self._kept.pop(key, None)
        if kept is not None and not kept.is_alive():
            kept.drop()
            kept = None
        if kept is None:
            session = connect()
            if not hasattr(session, "noop"):
                return session
            kept = _Kept(session)
        self._kept[key] = kept
        return kept

    def leave(self):
        """Say goodbye to all servers."""
        while self._kept:
            self._kept.popitem()[1].leave()

    def drop(self):
        """Close all connections without a word: nobody knows in which state they are."""
        while self._kept:
            self._kept.popitem()[1].drop()


class _Kept:
    """An SMTP session whose ``quit`` waits for the last mail."""

    def __init__(self, session):
        self._session = session

    def __getattr__(self, name):
        return getattr(self._session, name)

    def quit(self):
        """Asked for after each mail; see ``leave``."""

    def is_alive(self):
        try:
            return self._session.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def leave(self):
        try:
            self._session.quit()
        except (smtplib.SMTPException, OSError):
            _logger.info("A mail server was gone before goodbye")

    def drop(self):
        try:
            self._session.close()
        except (smtplib.SMTPException, OSError):
            _logger.info("A connection to a mail server could not be closed")


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _connect__(self, *args, **kwargs):  # noqa: PLW3201 - Odoo's name
        sessions = self.env.context.get(SESSIONS)
        if args or not isinstance(sessions, Sessions):
            return super()._connect__(*args, **kwargs)
        connect = super()._connect__
        return sessions.take(tuple(sorted(kwargs.items())), lambda: connect(**kwargs))
