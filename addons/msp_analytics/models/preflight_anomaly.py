from dataclasses import replace
from functools import lru_cache

from odoo import api, models
from odoo.tools import file_open

from ..engine.anomaly import rules as _registered  # noqa: F401 - importing registers the rules
from ..engine.anomaly.calibration import Calibration
from ..engine.anomaly.facts import EXTRA
from ..engine.anomaly.weigh import combine, weigh
from .preflight_anomaly_facts import HistoryFacts

TABLE = "msp_analytics/data/anomaly_calibration.json"


@lru_cache(maxsize=1)
def shipped_table():
    """The calibration table that ships with the addon: dated, with its source."""
    with file_open(TABLE) as file:
        return Calibration.from_json(file.read())


class AccountMove(models.Model):
    """The score of a draft becomes the chance that something is wrong with it."""

    _inherit = "account.move"

    def _preflight_extra_facts(self):
        result = super()._preflight_extra_facts()
        for drafts in self.filtered(lambda move: move.move_type == "out_invoice").grouped("company_id").values():
            # Read past the record rules, inside the drafts' own company.
            for move_id, history in HistoryFacts(drafts.sudo()).load().items():
                result.setdefault(move_id, {})[EXTRA] = history
        return result

    @api.model
    def _preflight_weigh(self, facts, hits):
        return weigh(facts, super()._preflight_weigh(facts, hits), self._anomaly_table())

    @api.model
    def _preflight_score(self, points):
        return combine(points, self._anomaly_table())

    @api.model
    def _anomaly_table(self):
        """The shipped table with what this company's reviewers taught. Returns a ``Calibration``."""
        shipped = shipped_table()
        learned = self.env["msp.anomaly.lesson"]._lessons(self.env.company.id)
        return replace(shipped, learned=learned)
