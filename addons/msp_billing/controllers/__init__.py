from . import billing_xlsx, deposit_slip, harmless_export, import_template, portal, price_change, redirects, statement
