from odoo.tools import SQL


def migrate(cr, version):
    """Blocks sold before they remembered their liability account: it was the company's."""
    cr.execute(
        SQL(
            """
            UPDATE msp_retainer block SET liability_account_id = line.account_id
              FROM account_move_line line JOIN res_company company ON company.id = line.company_id
             WHERE line.id = block.invoice_line_id AND line.account_id = company.retainer_liability_account_id
               AND block.liability_account_id IS NULL
            """
        )
    )
