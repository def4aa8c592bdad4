from . import (
    billing_export,
    import_guide,
    preflight_acknowledge,
    preflight_hold,
    price_check,
    subscription_date,
    subscription_line_change,
)
