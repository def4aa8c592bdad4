"""Rules of prepaid hours. Imports no Odoo and reads no clock; minutes are whole, dates are parameters."""
