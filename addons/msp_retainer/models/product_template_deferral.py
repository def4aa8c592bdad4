from odoo import models


class ProductTemplate(models.Model):
    """Where the sale of hours is booked while the company defers them."""

    _inherit = "product.template"

    def _get_product_accounts(self):
        accounts = super()._get_product_accounts()
        company = self.company_id or self.env.company
        if self.is_hour_block and company.retainer_deferral and company.retainer_liability_account_id:
            return {**accounts, "income": company.retainer_liability_account_id}
        return accounts

    def _earned_account(self):
        """The income account of the hours once they are used."""
        self.ensure_one()
        return super()._get_product_accounts()["income"]
