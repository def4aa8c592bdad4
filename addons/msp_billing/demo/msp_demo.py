import logging
import time

from odoo import api, fields, models

from ..models.own_transaction import ONE_TRANSACTION

_logger = logging.getLogger(__name__)

# Not a module's name: records of the story are nobody's data file and survive every update.
NAMESPACE = "msp_demo"
CLIENTS = 60
MONTHS = 14


class MspDemo(models.AbstractModel):
    """Loads one company's story through the methods that a user has. Addons that build on this one add chapters."""

    _name = "msp.demo"
    _description = "Demo company"

    @api.model
    def _load(self, clients=CLIENTS, months=MONTHS, day=None):
        """Load the chapters that this database does not hold yet, in one transaction.

        The same day gives the same figures: dates count from its month, chance comes from fixed seeds.

        :param clients: how many of the clients, the first of the list
        :param months: how many billed months lie before the one that is ready to be billed
        :param day: a date in the month that is ready to be billed; today by default
        :return: the story, or None where all had been loaded before
        """
        chapters = [(name, tell) for name, tell in self._chapters() if not self._is_told(name)]
        if not chapters:
            return None
        # Imported here: nobody but a demo pays for it.
        from .story.book import Story

        env = self.with_context(msp_one_transaction=ONE_TRANSACTION).env
        started = time.monotonic()
        story = Story(env, clients, months, fields.Date.to_date(day) or fields.Date.context_today(self))
        for number, (name, tell) in enumerate(chapters, start=1):
            _logger.info("demo chapter %s of %s: %s", number, len(chapters), name)
            tell(story)
            story.keep(f"chapter_{name}", self.env.company)
        story.close()
        self.env.flush_all()
        _logger.info("demo company loaded in %.0f s", time.monotonic() - started)
        return story

    def _chapters(self):
        """Names and functions of the story in their order. Override to add one. Returns a list of pairs."""
        from .story import (
            agreements,
            catalogue,
            clients,
            company,
            corrections,
            history,
            online,
            price_changes,
            this_month,
        )

        return [
            ("company", company.tell),
            ("online", online.tell),
            ("catalogue", catalogue.tell),
            ("clients", clients.tell),
            ("agreements", agreements.tell),
            ("history", history.tell),
            ("corrections", corrections.tell),
            ("this_month", this_month.tell),
            ("price_changes", price_changes.tell),
        ]

    @api.model
    def _month_begins(self, story, index):
        """What the scheduled actions did on the first of a month that is billed, before its run. Override to add some."""

    def _is_told(self, name):
        return bool(self.env.ref(f"{NAMESPACE}.chapter_{name}", raise_if_not_found=False))
