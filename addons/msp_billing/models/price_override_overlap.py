from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from psycopg2.errors import ExclusionViolation

# Two rows overlap when each of these ranges has something in common. Single ids become ranges of one, so that
# PostgreSQL's own range operators do and no extension is needed. A percentage holds in every currency, a fixed price
# in its own only.
OVERLAP_KEYS = {
    "company": "int8range(company_id, company_id, '[]')",
    "partner": "int8range(partner_id, partner_id, '[]')",
    "variant": "int8range(COALESCE(product_id, 0), COALESCE(product_id, 0), '[]')",
    "template": "int8range(COALESCE(product_tmpl_id, 0), COALESCE(product_tmpl_id, 0), '[]')",
    "category": "int8range(COALESCE(categ_id, 0), COALESCE(categ_id, 0), '[]')",
    "minimum": "numrange(min_quantity, min_quantity, '[]')",
    "currency": (
        "int8range(CASE WHEN compute = 'fixed' THEN currency_id END, CASE WHEN compute = 'fixed' THEN currency_id END, '[]')"
    ),
    "dates": "daterange(date_start, date_end, '[]')",
}
OVERLAP_FIELDS = {
    "company_id",
    "partner_id",
    "product_id",
    "product_tmpl_id",
    "categ_id",
    "min_quantity",
    "compute",
    "currency_id",
    "date_start",
    "date_end",
    "active",
}
COLUMNS = SQL(", ").join(SQL(f"{expression}::text") for expression in OVERLAP_KEYS.values())


class MspPriceOverride(models.Model):
    _inherit = "msp.price.override"

    # Deferred, so that `_check_overlap` can name the other one first; it then asks for the check at once.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (%s) WHERE (active) DEFERRABLE INITIALLY DEFERRED"
        % ", ".join(f"({expression}) WITH &&" for expression in OVERLAP_KEYS.values()),
        "Two client prices for the same client, product and minimum quantity overlap in time.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        overrides = super().create(vals_list)
        overrides._check_overlap()
        return overrides

    def write(self, vals):
        result = super().write(vals)
        if not OVERLAP_FIELDS.isdisjoint(vals):
            self._check_overlap()
        return result

    def _check_overlap(self):
        """Refuse two prices that would both hold, naming the other one.

        First among the rows this transaction sees; then PostgreSQL decides about those of
        others, and who lost against one of them reads its name in a fresh snapshot.

        Not an ``api.constrains``: those run before the access rules of a new record, and the
        message would tell of another company's prices.
        """
        self.flush_model()
        rows = self._get_overlap_rows()
        self._refuse_overlap(self.env, rows)
        constraint = SQL.identifier(f"{self._table}_no_overlap")
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(SQL("SET CONSTRAINTS %s IMMEDIATE", constraint), log_exceptions=False)
                self.env.cr.execute(SQL("SET CONSTRAINTS %s DEFERRED", constraint))
        except ExclusionViolation as error:
            with self.env.registry.cursor() as fresh:
                self._refuse_overlap(self.env(cr=fresh), rows)
            raise ValidationError(self._sql_error_to_message(error)) from error

    def _get_overlap_rows(self):
        """The id and the ranges, as text, of the active records as they stand in the database."""
        if not self.ids:
            return []
        return self.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE active AND id IN %s",
                COLUMNS,
                SQL.identifier(self._table),
                tuple(self.ids),
            )
        )

    def _refuse_overlap(self, env, rows):
        """Raise where one of ``rows`` overlaps another record that ``env``'s transaction sees."""
        for own_id, *ranges in rows:
            same = SQL(" AND ").join(
                SQL("%s && %s::%s", SQL(expression), value, SQL(expression.partition("(")[0]))
                for expression, value in zip(OVERLAP_KEYS.values(), ranges, strict=True)
            )
            found = env.execute_query(
                SQL(
                    "SELECT id FROM %s WHERE active AND id != %s AND %s ORDER BY id LIMIT 1",
                    SQL.identifier(self._table),
                    own_id,
                    same,
                )
            )
            if found:
                # Of the company and client of the record being saved, which was checked; its name is needed to mend it.
                other = env[self._name].sudo().browse(found[0][0])
                raise ValidationError(
                    self.env._(
                        "This client price overlaps another one: %(other)s. End that one before this one starts, "
                        "or choose other dates or another minimum quantity.",
                        other=other.display_name,
                    )
                )
