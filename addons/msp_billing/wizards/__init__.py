from . import subscription_line_change
from . import subscription_date
from . import price_check
from . import preflight_acknowledge
from . import preflight_hold
from . import billing_export
from . import import_guide
