"""A mail server of the demo: takes every mail, delivers none, keeps each as a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from . import conf
from .cluster import free_port
from .state import State


@contextlib.contextmanager
def catching_mail(state: State) -> Iterator[int]:
    """Keep sent mail in ``.msp/mail`` and give the port; 0 where odoo.conf names a mail server."""
    if conf.read(state.root / "odoo.conf").get("smtp_server"):
        yield 0
        return
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Mailbox

    controller = Controller(Mailbox(str(state.path("mail"))), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()
