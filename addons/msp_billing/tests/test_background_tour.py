import re
import threading
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.addons.base.models.ir_cron import IrCron
from odoo.tests import tagged

from ..models.billing_run_background import FOREGROUND_PARAMETER
from .common_tour import MspTourCase

WORKER = re.compile(r"^msp-worker: (\d+)")


@tagged("post_install", "-at_install")
class TestBackgroundTour(MspTourCase):
    """A large run is started, watched, stopped and continued while scheduled actions work, in a real browser."""

    def setUp(self):
        super().setUp()
        self.workers = []
        # Five clients are a large run here, and two of them a chunk.
        self.env["ir.config_parameter"].sudo().set_param(FOREGROUND_PARAMETER, "4")
        self.startPatcher(patch("odoo.addons.msp_billing.models.billing_run_generate.CLIENTS_PER_CHUNK", 2))

    def _on_console(self, text):
        """The tour asks for the work of a scheduled action, which runs in a thread of its own as on a server."""
        if found := WORKER.match(text):
            worker = threading.Thread(target=self._work, args=(int(found[1]),), daemon=True)
            self.workers.append(worker)
            worker.start()

    def _work(self, chunks):
        """One call of the worker's action, whose time is up after so many chunks."""
        left = iter(range(chunks - 1, -1, -1))
        with (
            self.registry.cursor() as cr,
            patch.object(IrCron, "_commit_progress", lambda *args, **kwargs: next(left)),
        ):
            api.Environment(cr, SUPERUSER_ID, {})["msp.billing.run"]._cron_generate()

    def test_a_large_run_goes_on_in_the_background(self):
        clients = self.env["res.partner"].create(
            [{"name": f"Client {letter}", "email": f"{letter.lower()}@clients.example"} for letter in "ABCDE"]
        )
        for client in clients:
            self._subscription(client)
        run = self._run(generate=False)
        self.start_tour(f"/odoo/billing-runs/{run.id}", "msp_background_run", login=self.env.user.login, timeout=120)
        for worker in self.workers:
            worker.join(timeout=20)

        self.assertEqual((run.state, len(run.move_ids)), ("review", 5))
        self.assertEqual(run.activity_ids.user_id, self.env.user)
        self.assertEqual(run.move_ids.mapped("amount_untaxed"), [155.0] * 5)
        self.assertPictures([f"background-{step}" for step in ("1-working", "2-stopped", "3-finished", "4-activity")])
