"""The pre-flight review: facts of a draft in, findings with points and money at stake out. No Odoo, no database."""
