import sys
import unittest
from dataclasses import replace
from pathlib import Path

from odoo.addons.msp_billing.engine.review.findings import Policy
from odoo.addons.msp_billing.engine.review.registry import review, rules
from odoo.addons.msp_billing.tests.common import MspBillingCommon
from odoo.tests import tagged

from ..engine.anomaly.weigh import combine, weigh
from ..models.preflight_anomaly import shipped_table

BENCH = Path(__file__).resolve().parents[3] / "tools" / "bench" / "evaluation"
#: Their resolver's price or their fiscal position is not put into Odoo here.
LEFT_OUT = {"price_off_resolver", "missing_tax", "below_cost"}


@tagged("post_install", "-at_install")
@unittest.skipUnless(BENCH.is_dir(), "the labelled world belongs to the repository, not to the addon")
class TestAnomalyWorld(MspBillingCommon):
    """Histories of the labelled world in a real Odoo: the same findings as the engine's on the world's own facts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sys.path.insert(0, str(BENCH))
        cls.addClassCleanup(sys.path.remove, str(BENCH))
        from billing_world.cases import cases
        from billing_world.into_odoo import Importer
        from billing_world.style import DEVELOP
        from billing_world.world import products

        style = replace(DEVELOP, name="odoo", ways=(0, 60, 40), errors=0.6, exempt=0.0, hours_share=0.5)
        found = [
            case for case in cases(7, 160, style) if case.rows and 2 <= len(case.history) <= 11 and case.client % 5
        ]
        cls.cases = [c for c in found if c.errors][:12] + [c for c in found if not c.errors][:6]
        importer = Importer(cls.env, cls.tax_sale_a, cls.tax_sale_b, products(style))
        cls.drafts = importer.load(cls.cases)
        cls.products = {product.id: number for number, product in importer.products.items()}
        cls.env["account.move"].union(*cls.drafts.values()).action_preflight_check()

    def _found(self, draft):
        """(code, evidence) of the shown findings of a draft in Odoo."""
        return {
            (finding.code, finding.data.get("evidence"))
            for finding in self.env["msp.preflight.finding"].search([("move_id", "=", draft.id)])
            if finding.code not in LEFT_OUT
        }

    def test_odoo_finds_what_the_engine_finds(self):
        from billing_world.make_facts import Others, facts_of

        self.assertGreater(sum(bool(case.errors) for case in self.cases), 8)
        for case in self.cases:
            facts = facts_of(case, Others(self.cases))
            hits = weigh(facts, list(review(facts, Policy(), rules())), shipped_table())
            expected = {(hit.code, hit.data["evidence"]) for hit in hits if hit.code not in LEFT_OUT}
            with self.subTest(client=case.client, way=case.way, errors=[error.kind for error in case.errors]):
                self.assertEqual(self._found(self.drafts[case.client]), expected)

    def test_drafts_with_errors_stand_above_the_others(self):
        wrong = [self.drafts[case.client].anomaly_score for case in self.cases if case.errors]
        right = [self.drafts[case.client].anomaly_score for case in self.cases if not case.errors]
        above = sum(w > r for w in wrong for r in right) / (len(wrong) * len(right))
        self.assertGreater(above, 0.8)

    def test_score_is_the_chance_made_of_the_points(self):
        for draft in self.drafts.values():
            points = draft.finding_ids.mapped("points")
            self.assertEqual(draft.anomaly_score, combine(points, shipped_table()))
