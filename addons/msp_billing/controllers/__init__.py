from . import billing_xlsx, redirects
