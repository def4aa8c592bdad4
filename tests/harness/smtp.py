"""An SMTP server that takes every mail, or refuses and drops as a test tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from msp.cluster import free_port


@dataclass(frozen=True)
class Delivery:
    """A mail as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


class Drop(Exception):
    """Raised by a rule: close the connection, after the mail was taken when ``taken``."""

    def __init__(self, taken: bool):
        super().__init__("drop")
        self.taken = taken


class SmtpSink:
    """Keeps mails in ``deliveries``. ``rule(delivery, number)`` may return a reply such as ``"451 later"``,
    ``None`` to take the mail, or raise :class:`Drop`."""

    def __init__(self):
        self.deliveries: list[Delivery] = []
        self.attempts = 0
        self.rule: Callable[[Delivery, int], str | None] = lambda _delivery, _number: None
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._controller.port

    def start(self) -> SmtpSink:
        """Begin to listen."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        """Take one mail, by the rule."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        delivery = Delivery(envelope.mail_from, tuple(envelope.rcpt_tos), message)
        with self._lock:
            self.attempts += 1
            number = self.attempts
        try:
            reply = self.rule(delivery, number)
        except Drop as drop:
            if drop.taken:
                self._keep(delivery)
            server.transport.abort()
            return "421 gone"
        if reply is None or reply.startswith("2"):
            self._keep(delivery)
        return reply or "250 taken"

    def _keep(self, delivery: Delivery) -> None:
        with self._lock:
            self.deliveries.append(delivery)
