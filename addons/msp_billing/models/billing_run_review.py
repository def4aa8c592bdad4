from odoo import models


class MspBillingRun(models.Model):
    """Approving what nobody has to look at."""

    _inherit = "msp.billing.run"

    def action_approve_clean(self):
        """Approve every draft of the run with a score in the clean band and no open warning, block or note.

        Checks first. Held ones and those with something to look at stay as they are.

        :return: True
        """
        self.check_access("write")
        drafts = self.move_ids.filtered(lambda move: move.review_state == "to_review")._preflight_drafts()
        drafts.action_preflight_check()
        drafts._preflight_clean()._preflight_set_approved()
        return True
