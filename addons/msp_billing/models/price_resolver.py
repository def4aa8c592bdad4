from odoo import models

from .price_day import PriceDay


class MspPriceResolver(models.AbstractModel):
    """The one place that knows what a client pays: subscriptions, invoices, orders and forecasts ask here."""

    _name = "msp.price.resolver"
    _description = "Price Resolver"

    def _resolve(self, requests):
        """Answer what each client pays.

        The number of queries depends on how many companies, days, pricelists and currencies
        there are, not on how many requests. Who asks must have seen to it that the user may
        know; the rules themselves are read with superuser rights.

        :param requests: list of ``engine.pricing.PriceRequest``
        :return: list of ``engine.pricing.PriceAnswer`` in the same order
        """
        return self._ask(requests, PriceDay.answer)

    def _resolve_overrides(self, requests):
        """Like ``_resolve``, but None where no client price applies: the caller has a price of its own for that."""
        return self._ask(requests, PriceDay.override_answer)

    def _ask(self, requests, question):
        days = {}
        for request in requests:
            days.setdefault((request.company_id, request.date), []).append(request)
        desks = {
            (company_id, day): PriceDay(self.env, company_id, day, of_day) for (company_id, day), of_day in days.items()
        }
        return [question(desks[request.company_id, request.date], request) for request in requests]
