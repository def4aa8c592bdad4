from . import billing_xlsx, portal, redirects
