from . import test_billing_run
from . import test_subscription_changes
from . import test_bad_input
from . import test_run_background
from . import test_price_override
from . import test_price_hooks
from . import test_invoice_pdf
