from . import test_billing_run
from . import test_subscription_changes
from . import test_bad_input
