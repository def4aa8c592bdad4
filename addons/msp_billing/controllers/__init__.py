from . import billing_xlsx, deposit_slip, import_template, portal, price_change, redirects, statement
