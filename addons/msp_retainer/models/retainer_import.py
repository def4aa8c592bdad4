from datetime import date

from odoo import api, models

USUAL = {
    "company_id",
    "currency_id",
    "date_bought",
    "increment_minutes",
    "minimum_minutes",
    "is_multiplied",
    "overage_price",
    "unit_value",
}


class MspRetainer(models.Model):
    """Opening balances from a file."""

    _name = "msp.retainer"
    _inherit = ["msp.retainer", "msp.import.template"]

    @api.model
    def _import_title(self):
        return self.env._("Prepaid hours (opening balances)")

    @api.model
    def _import_blank_as_usual(self):
        return {self._name: USUAL}

    @api.model
    def _import_spec(self):
        _ = self.env._
        return [
            (
                "id",
                _("Your own key of the balance. With it a file may be imported again: the same row changes nothing."),
                ("acme_hours", "bright_hours"),
                False,
            ),
            ("partner_id", _("The client's name as it stands in Contacts."), ("Acme Dental", "Bright Law"), True),
            ("hours_purchased", _("Hours that are left in the old system, such as 12.5."), (12.5, 40), True),
            ("date_start", _("First day whose work they pay: usually your go-live."), (date(2026, 10, 1),) * 2, True),
            ("date_expiry", _("Last day whose work they pay. Empty: they never expire."), (date(2027, 3, 31),), False),
            ("unit_value", _("What an hour was sold for. Empty: unknown."), (110, 95), False),
            ("opening_reason", _("Where the hours come from: the ledger keeps it."), (_("Old system"),), False),
            ("work_type_ids", _("Names of the work types they pay for, separated by commas. Empty: all."), (), False),
            ("increment_minutes", _("Minutes to which work is rounded up. Empty: to the minute."), (None, 15), False),
            ("overage_price", _("Of an hour beyond them. Empty: the client's usual price."), (), False),
            ("note", _("Internal, never shown to the client."), (), False),
        ]


class MspImportGuide(models.TransientModel):
    _inherit = "msp.import.guide"

    @api.model
    def _kinds(self):
        return [*super()._kinds(), "msp.retainer"]
