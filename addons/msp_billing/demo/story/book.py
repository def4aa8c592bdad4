"""What all chapters share: dates, chance, the people who act, and the names of records."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path

from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

SEED = "northstill"
NAMESPACE = "msp_demo"
DATA = Path(__file__).parent / "data"
GROWING = (
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.full.reconcile",
    "account.payment",
    "account.analytic.line",
    "mail.message",
    "msp.subscription",
    "msp.subscription.line",
    "msp.billing.charge",
)
# Nobody is to get a mail, and no record needs the message that it was created.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
    "lang": "en_US",
}


@lru_cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a CSV file of the story."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


class Story:
    """One load of the demo.

    ``env`` is the superuser's, for what an administrator sets up; ``office`` is the finance
    manager's own, with her own rights, for the work of the desk.
    """

    def __init__(self, env, clients: int, months: int, day: date):
        self.env = env(context={**env.context, **QUIET})
        self.company = self.env.company
        self.months = months
        self.anchor = day.replace(day=1)
        self.rows = table("clients")[:clients]
        self._names: dict[str, object] = {}
        self._message_mark = 0

    # -------------------------------------------------------------- time, chance

    def month(self, index: int) -> date:
        """Return the first day of a month: 0 is the first billed one, ``months`` the one ready to be billed."""
        return self.anchor + relativedelta(months=index - self.months)

    def day(self, index: int, day: int) -> date:
        """Return a day of a month, its last one where the month is shorter."""
        return self.month(index) + relativedelta(day=day)

    def working_days(self, index: int) -> list[date]:
        """Return the days from Monday to Friday of a month."""
        first, last = self.month(index), self.month(index + 1)
        days = [first + timedelta(days=n) for n in range((last - first).days)]
        return [day for day in days if day.weekday() < 5]

    @staticmethod
    def chance(*topic: object) -> random.Random:
        """Return a source of chance of its own for each topic, so that one more draw moves nothing else."""
        return random.Random(":".join(map(str, (SEED, *topic))))

    # ------------------------------------------------------------------- people

    @cached_property
    def office(self):
        """Return the environment of the finance manager."""
        manager = self.named("user_manager")
        return self.env(user=manager.id, su=False)

    # -------------------------------------------------------------------- names

    def keep(self, name: str, record) -> None:
        """Remember a record under a name of the story, as an external id ``msp_demo.<name>``."""
        self._names[name] = record.sudo().browse(record.id)

    def named(self, name: str):
        """Return the record of a name, as the superuser; of this load or an earlier one."""
        if name not in self._names:
            self._names[name] = self.env.ref(f"{NAMESPACE}.{name}")
        return self._names[name].with_env(self.env)

    def has(self, name: str) -> bool:
        """Tell whether the story knows a name: a reduced load leaves some clients out."""
        return name in self._names or bool(self.env.ref(f"{NAMESPACE}.{name}", raise_if_not_found=False))

    def ours(self, name: str):
        """Return the record of a name, with the finance manager's rights."""
        return self.named(name).with_env(self.office)

    def close(self) -> None:
        """Write the external ids."""
        known = set(self.env["ir.model.data"].search([("module", "=", NAMESPACE)]).mapped("name"))
        self.env["ir.model.data"].create(
            [
                {"module": NAMESPACE, "name": name, "model": record._name, "res_id": record.id, "noupdate": True}
                for name, record in self._names.items()
                if name not in known
            ]
        )

    def turn_page(self) -> None:
        """Close a month: let go of its records, and tell PostgreSQL how the tables have grown.

        PostgreSQL learns that by itself only from what is committed; without, Odoo's query on the payments of
        invoices takes minutes in a transaction this long.
        """
        self.env.flush_all()
        # Nor is what happened months ago kept in memory: every later step would be slower for it.
        self.env.invalidate_all()
        for name in GROWING:
            self.env.execute_query(SQL("ANALYZE %s", SQL.identifier(self.env[name]._table)))

    def backdate_messages(self, day: date) -> None:
        """Date the chatter that was written since the last call to ``day``: the screen's clock reads today's."""
        messages = (
            self.env["mail.message"]
            .sudo()
            .search([("id", ">", self._message_mark), ("message_type", "in", ("notification", "comment"))])
        )
        if messages:
            messages.write({"date": f"{day} 09:00:00"})
            self._message_mark = max(messages.ids)
