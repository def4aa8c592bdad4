from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import float_is_zero

USUAL = {"name", "quantity", "price_mode", "price_unit", "discount", "is_one_off"}


class MspSubscriptionLine(models.Model):
    """Lines of subscriptions that are there already, from a file."""

    _name = "msp.subscription.line"
    _inherit = ["msp.subscription.line", "msp.import.template"]

    @api.model
    def _import_title(self):
        return self.env._("Lines of existing subscriptions")

    @api.model
    def _import_blank_as_usual(self):
        return {self._name: USUAL}

    @api.model
    def _import_spec(self):
        _ = self.env._
        key, *others = self._import_line_spec()
        return [
            key,
            ("subscription_id", _("What the subscription is called."), ("ACME-GOLD", "ACME-GOLD", "BRIGHT-DESK"), True),
            *others,
        ]

    @api.model
    def _import_line_spec(self):
        """The columns that a line has, alone or below its subscription; three example rows."""
        _ = self.env._
        modes = dict(self._fields["price_mode"]._description_selection(self.env))
        contract, catalog = modes["contract"], modes["catalog"]
        return [
            ("id", _("Your own key of the line, as above."), ("acme_edr", "acme_backup", "bright_desk_users"), False),
            (
                "product_id",
                _("Internal reference or name of the product. Two products of that name: use the reference."),
                ("EDR", "BACKUP", "DESK"),
                True,
            ),
            ("name", _("What the invoice says. Empty: the product's name."), (), False),
            ("quantity", _("How many, 0 or more. Empty: 1."), (42, 2, 17), False),
            (
                "price_mode",
                _(
                    "Contract price: the price in this file. Catalogue price: the client's price of the day of billing. "
                    "Empty: contract price."
                ),
                (contract, contract, catalog),
                False,
            ),
            (
                "price_unit",
                _(
                    "Contract price of one unit for one whole period, before tax. Empty: the client's price of today; "
                    "where there is none, the row is refused. Write 0 for what is free."
                ),
                (15.5, 40, None),
                False,
            ),
            ("discount", _("Discount in percent, 0–100."), (None, 10, None), False),
            ("date_start", _("First covered day of the line. Empty: the subscription's start."), (), False),
            ("date_end", _("Last covered day of the line. Empty: open-ended."), (), False),
            ("is_one_off", _("Billed once, in full, on its start day."), (_("no"), _("no"), _("no")), False),
        ]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if "_import_current_module" in self.env.context:
            for line, vals in zip(lines, vals_list, strict=True):
                line._check_imported_price(vals)
        return lines

    def _check_imported_price(self, vals):
        """A missing price is a problem, never 0.

        :raises ValidationError: where the file gave none and the price list has none either
        """
        digits = self.env["decimal.precision"].precision_get("Product Price")
        if self.price_mode == "contract" and "price_unit" not in vals and float_is_zero(self.price_unit, digits):
            raise ValidationError(
                self.env._(
                    "%(product)s of subscription %(subscription)s has no price: write one into the file (0 for what is "
                    "free), or set a price for the product.",
                    product=self.product_id.display_name,
                    subscription=self.subscription_id.name,
                )
            )
