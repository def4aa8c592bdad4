from datetime import date

from odoo import api, models

#: Fields in which an empty cell means the default, or what the price list proposes.
USUAL = {
    "name",
    "date_start",
    "anchor_day",
    "interval_count",
    "interval_unit",
    "timing",
    "labor_coverage",
    "currency_id",
}
EXAMPLE_START = date(2026, 10, 1)


class MspSubscription(models.Model):
    """A client's subscriptions with their lines, from one file."""

    _name = "msp.subscription"
    _inherit = ["msp.subscription", "msp.import.template"]

    @api.model
    def _import_title(self):
        return self.env._("Subscriptions with their lines")

    @api.model
    def _import_blank_as_usual(self):
        return {self._name: USUAL, **self.env["msp.subscription.line"]._import_blank_as_usual()}

    @api.model
    def _import_spec(self):
        _ = self.env._
        choice = self._import_word
        lines = [
            (f"line_ids/{path}", text, examples, needed)
            for path, text, examples, needed in self.env["msp.subscription.line"]._import_line_spec()
        ]
        return [
            (
                "id",
                _(
                    "Your own key of the subscription, such as crm_4711. With it a file may be imported again: what is "
                    "there already is updated instead of doubled."
                ),
                ("acme_gold", None, "bright_desk"),
                False,
            ),
            (
                "name",
                _("How other systems call it, such as your RMM when it sends counts. Empty: it is numbered."),
                ("ACME-GOLD", None, "BRIGHT-DESK"),
                False,
            ),
            (
                "partner_id",
                _("The client's name as it stands in Contacts."),
                ("Acme Dental", None, "Bright Law"),
                True,
            ),
            ("date_start", _("First covered day. Empty: today."), (EXAMPLE_START, None, date(2026, 10, 15)), False),
            ("date_end", _("Last covered day. Empty: open-ended."), (None, None, date(2027, 10, 14)), False),
            (
                "interval_count",
                _("Together with the next column, how often it is billed. Empty: 1."),
                (1, None, 3),
                False,
            ),
            (
                "interval_unit",
                _("Weeks, months or years. Empty: months."),
                (choice("interval_unit", "month"), None, choice("interval_unit", "month")),
                False,
            ),
            ("anchor_day", _("Day of the month on which periods begin, 1–31. Empty: 1."), (1, None, 15), False),
            (
                "timing",
                _("Billed before or after each period. Empty: in advance."),
                (choice("timing", "advance"), None, choice("timing", "arrears")),
                False,
            ),
            (
                "labor_coverage",
                _("What a logged hour costs the client. Empty: time and material."),
                (choice("labor_coverage", "all_inclusive"), None, choice("labor_coverage", "time_material")),
                False,
            ),
            ("price_locked_until", _("No price increase up to and including this day."), (date(2027, 9, 30),), False),
            ("currency_id", _("Code of the currency, such as USD. Empty: the company's."), (), False),
            ("payment_term_id", _("Name of the payment terms. Empty: the client's own."), (), False),
            *lines,
        ]

    @api.model
    def _import_word(self, name, value):
        """What a choice is called in the reader's language."""
        return dict(self._fields[name]._description_selection(self.env))[value]
