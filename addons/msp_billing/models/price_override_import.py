from datetime import date

from odoo import api, models

USUAL = {"min_quantity", "compute", "currency_id", "company_id", "active"}


class MspPriceOverride(models.Model):
    """Client prices from a file."""

    _name = "msp.price.override"
    _inherit = ["msp.price.override", "msp.import.template"]

    @api.model
    def _import_title(self):
        return self.env._("Client prices (overrides)")

    @api.model
    def _import_blank_as_usual(self):
        return {self._name: USUAL}

    @api.model
    def _import_spec(self):
        _ = self.env._
        words = dict(self._fields["compute"]._description_selection(self.env))
        one = _("Fill exactly one of Product Variant, Product and Category.")
        return [
            (
                "id",
                _("Your own key of the price. With it a file may be imported again: what is there is updated."),
                ("acme_edr_price", "acme_backup_price", "bright_licences"),
                False,
            ),
            (
                "partner_id",
                _(
                    "The client's name as it stands in Contacts; the price holds for its contacts and subsidiaries as well."
                ),
                ("Acme Dental", "Acme Dental", "Bright Law"),
                True,
            ),
            ("product_id", _("Internal reference or name of one variant. %s", one), ("EDR",), False),
            ("product_tmpl_id", _("Name of a product, for all its variants. %s", one), (None, "Server backup"), False),
            ("categ_id", _("A category with all below it. %s", one), (None, None, "Licences"), False),
            ("min_quantity", _("From this quantity on. Empty: from 0."), (None, 10), False),
            (
                "compute",
                _("How the price is found. Empty: fixed price."),
                (words["fixed"], words["fixed"], words["discount"]),
                False,
            ),
            ("value", _("The price of one unit, or the percentage."), (14.25, 36, 12.5), True),
            ("currency_id", _("Code of the currency of a fixed price. Empty: the company's."), (), False),
            ("date_start", _("First day of the price. Empty: has always been valid."), (date(2026, 10, 1),), False),
            ("date_end", _("Last day of the price. Empty: until further notice."), (), False),
            (
                "note",
                _("Why this client has this price; never shown to the client."),
                (_("Framework contract"),),
                False,
            ),
        ]
