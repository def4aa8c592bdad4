from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        result = super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)
        # Two clients that become one must not keep two prices for the same thing; whoever merges need not see prices.
        overrides = self.env["msp.price.override"].sudo().search([("partner_id", "in", list(partner_ids))])
        overrides._check_overlap()
        return result
