# The order in which Odoo builds them: do not sort.
