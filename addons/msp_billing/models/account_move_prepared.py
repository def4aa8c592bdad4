from odoo import api, models, tools
from odoo.fields import Command

#: What decides on the journal items of an invoice. Where an addon other than ``account`` has a say in one of these,
#: invoices are left to Odoo's own synchronisation, which asks it.
DECIDERS = {
    "account.move": (
        "_get_sync_stack",
        "_sync_dynamic_lines",
        "_sync_dynamic_line",
        "_sync_tax_lines",
        "_sync_invoice",
        "_recompute_cash_rounding_lines",
        "_get_rounded_base_and_tax_lines",
        "_prepare_product_base_line_for_taxes_computation",
        "_get_product_base_line_currency_rate",
        "_get_discount_allocation_account",
    ),
    "account.move.line": ("_sync_invoice", "_compute_partner_id", "_compute_currency_id", "_compute_totals"),
}
#: Values of a line that say nothing about accounts, taxes or balances, or that are looked at below.
UNDERSTOOD = {
    "name",
    "sequence",
    "display_type",
    "product_id",
    "product_uom_id",
    "quantity",
    "price_unit",
    "discount",
    "analytic_distribution",
    "price_explanation",
    "billed_minutes",
}
#: What Odoo would look up or take for granted were it not given.
MONEY = {"price_unit", "quantity"}
LINE_TYPES = ("line_section", "line_subsection", "line_note")
#: The items are given as they are to be: nothing is to be compared and written back.
AS_GIVEN = {"skip_invoice_sync": True}


class AccountMove(models.Model):
    """Draft invoices made with all their journal items at once.

    Odoo makes the lines, compares before and after, and writes amounts and taxes back onto each of them: half the
    time of ``create`` (PEERS.md). Here Odoo's tax engine is asked first, so that each item is written once. What comes
    out is the same, item by item: ``tests/test_prepared_items.py``.
    """

    _inherit = "account.move"

    @api.model
    def _create_prepared(self, vals_list):
        """Make drafts of customer invoices and credit notes; takes and returns what ``create`` does.

        Invoices that need more than taxes and instalments (cash rounding, early payment discounts that lower the tax,
        discounts on an account of their own) get their items from Odoo's own synchronisation.

        :param vals_list: values with ``partner_id``, and ``invoice_line_ids`` as commands that create lines
        """
        if self._journal_items_have_more_deciders():
            return self.create(vals_list)
        terms = self._terms_to_be(vals_list)
        simple = [self._follows_from_lines(vals, term) for vals, term in zip(vals_list, terms, strict=True)]
        prepared = iter(self._prepare_and_create([vals for vals, fits in zip(vals_list, simple, strict=True) if fits]))
        others = iter(self.create([vals for vals, fits in zip(vals_list, simple, strict=True) if not fits]))
        return self.concat(*(next(prepared if fits else others) for fits in simple))

    @api.model
    def _prepare_and_create(self, vals_list):
        """The drafts of ``vals_list``, all of which are simple; where a header turns out otherwise, by Odoo."""
        if not vals_list:
            return self.browse()
        # Now, and not when the savepoint ends: flushing then would compute the fields of the drafts as the superuser.
        self.env.flush_all()
        with self.env.cr.savepoint(flush=False) as undo:
            headers = [{name: vals[name] for name in vals if name != "invoice_line_ids"} for vals in vals_list]
            moves = self.browse(self.with_context(**AS_GIVEN).create(headers).ids)
            pairs = list(zip(moves, vals_list, strict=True))
            if all(self._follows_from_lines(vals, move.invoice_payment_term_id, move) for move, vals in pairs):
                facts = LineFacts(self.env)
                lines = self.env["account.move.line"].with_context(**AS_GIVEN)
                lines.with_context(check_move_validity=False).create(
                    [item for move, vals in pairs for item in move._prepare_items(vals, facts)]
                )
                lines.create(moves._prepare_term_items())
                return moves
            undo.rollback()
        self.env.clear()
        return self.create(vals_list)

    @api.model
    @tools.ormcache()
    def _journal_items_have_more_deciders(self):
        """Whether another addon than ``account`` overrides one of ``DECIDERS``. Returns a bool."""
        return any(
            name in vars(parent) and not parent.__module__.startswith("odoo.addons.account.")
            for model, names in DECIDERS.items()
            for parent in type(self.env[model]).mro()
            for name in names
        )

    @api.model
    def _terms_to_be(self, vals_list):
        """The payment term that each of these invoices is about to have. Returns a list of records."""
        default = self.default_get(["invoice_payment_term_id"]).get("invoice_payment_term_id")
        terms = self.env["account.payment.term"]
        given = [vals.get("invoice_payment_term_id", default) for vals in vals_list]
        partners = self.env["res.partner"].browse([vals["partner_id"] for vals in vals_list])
        return [
            terms.browse(term) if term else partner.property_payment_term_id
            for term, partner in zip(given, partners, strict=True)
        ]

    @api.model
    def _follows_from_lines(self, vals, term, move=None):
        """Whether the items of an invoice follow from its lines by taxes and instalments alone. Returns a bool.

        :param vals: values of the invoice
        :param term: its payment term
        :param move: the invoice itself, once it exists
        """
        company = (
            move.company_id if move else self.env["res.company"].browse(vals.get("company_id")) or self.env.company
        )
        return not (
            (move.invoice_cash_rounding_id if move else vals.get("invoice_cash_rounding_id"))
            or company.account_storno
            or company.account_discount_expense_allocation_id
            or (term.early_discount and term.early_pay_discount_computation == "mixed")
            or any(
                not UNDERSTOOD.issuperset(line)
                or not (line.get("display_type") in LINE_TYPES or (line.get("product_id") and MONEY.issubset(line)))
                for _command, _id, line in vals["invoice_line_ids"]
            )
        )

    def _prepare_items(self, vals, facts):
        """Values of the lines in ``vals`` with their accounting, and of the tax items.

        :param facts: the ``LineFacts`` of the batch
        """
        self.ensure_one()
        lines = [{"move_id": self.id, **line} for _command, _id, line in vals["invoice_line_ids"]]
        taxes = self.env["account.tax"]
        products = [values for values in lines if values.get("display_type") not in LINE_TYPES]
        bases = [self._prepare_base_of_item(values, facts) for values in products]
        taxes._add_tax_details_in_base_lines(bases, self.company_id)
        taxes._round_base_lines_tax_details(bases, self.company_id)
        taxes._add_accounting_data_in_base_lines_tax_details(
            bases, self.company_id, include_caba_tags=self.always_tax_exigible
        )
        results = taxes._prepare_tax_lines(bases, self.company_id)
        for values, (base, accounting) in zip(products, results["base_lines_to_update"], strict=True):
            values.update(
                accounting,
                display_type="product",
                account_id=base["account_id"].id,
                product_uom_id=base["product_uom_id"].id,
                tax_ids=[Command.set(base["tax_ids"].ids)],
                analytic_distribution=base["analytic_distribution"],
            )
        added = [{**values, "display_type": "tax", "move_id": self.id} for values in results["tax_lines_to_add"]]
        return lines + added

    def _prepare_base_of_item(self, values, facts):
        """The base line of Odoo's tax engine for a line that does not exist yet."""
        self.ensure_one()
        known = facts.of(self, values)
        numbers = {name: facts.rounded(name, values.get(name, 0.0)) for name in ("price_unit", "quantity", "discount")}
        return self.env["account.tax"]._prepare_base_line_for_taxes_computation(
            None,
            **known,
            **numbers,
            currency_id=self.currency_id,
            partner_id=self.commercial_partner_id,
            rate=self.invoice_currency_rate,
            sign=self.direction_sign,
            is_refund=self.move_type == "out_refund",
            name=values.get("name"),
        )

    def _prepare_term_items(self):
        """Values of the receivable items: one for each instalment, as Odoo's own fields ask for them."""
        needed = self._sync_dynamic_line_needed_values(self.mapped("needed_terms"))
        return [{**key, **values, "display_type": "payment_term"} for key, values in needed.items()]


class LineFacts:
    """Account, taxes, unit and analytic distribution of lines, asked of Odoo once for each kind of line."""

    def __init__(self, env):
        self.env = env
        self.lines = env["account.move.line"]
        self._known = {}

    def of(self, move, values):
        """What Odoo takes for a line with these ``values`` on ``move``. Returns a dict of records and a distribution."""
        given = {name: values[name] for name in ("product_uom_id", "analytic_distribution") if name in values}
        key = (
            move.company_id,
            move.journal_id,
            move.move_type,
            move.currency_id,
            move.fiscal_position_id,
            # A distribution may hang on the client; whoever gives one has said so.
            None if "analytic_distribution" in values else move.commercial_partner_id,
            values["product_id"],
            values.get("product_uom_id"),
        )
        if key not in self._known:
            line = self.lines.new(
                {"move_id": move.id, "display_type": "product", "product_id": values["product_id"], **given}
            )
            self._known[key] = {
                "product_id": line.product_id._origin,
                "product_uom_id": line.product_uom_id._origin,
                "account_id": line.account_id._origin,
                "tax_ids": line.tax_ids._origin,
                "analytic_distribution": line.analytic_distribution or None,
            }
        known = dict(self._known[key])
        if "analytic_distribution" in values:
            known["analytic_distribution"] = values["analytic_distribution"] or None
        return known

    def rounded(self, name, value):
        """``value`` to the decimals that the field ``name`` of a line keeps."""
        return self.lines._fields[name].convert_to_cache(value, self.lines)
