from . import billing_xlsx, import_template, portal, redirects, statement
