"""Which errors a finding speaks of, as a reader of its code and sentence would take it. Generous: a price error
counts as named by any finding about that price; no code names an error of another kind."""

PRICE = {"zero_price", "price_typo", "price_off_contract", "discount_overrun"}
QUANTITY = {"quantity_typo", "stale_quantity"}
NAMES = {
    "missing_price": {"zero_price"},
    "zero_line": {"zero_price"},
    "zero_total": {"zero_price"},
    "price_off_contract": PRICE,
    "price_off_resolver": PRICE,
    "price_jump": PRICE,
    "quantity_off_contract": QUANTITY,
    "count_drift": QUANTITY,
    "quantity_jump": QUANTITY,
    "vanished_line": {"missing_line"},
    "duplicate": {"duplicate"},
    "duplicate_line": {"duplicate"},
    "same_period": {"duplicate"},
    "repeated_line": {"duplicate"},
    "missing_tax": {"wrong_tax"},
    "wrong_tax": {"wrong_tax"},
    "ended_agreement": {"billed_after_end"},
    "unbilled_time": {"unbilled_hours"},
    "time_against_billed": {"unbilled_hours"},
    "below_cost": {"zero_price", "price_typo"},
}
# Codes not seen yet, by the words they are made of.
WORDS = (
    ("discount", {"discount_overrun"}),
    ("price", PRICE),
    ("quantity", QUANTITY),
    ("count", QUANTITY),
    ("missing", {"missing_line"}),
    ("duplicate", {"duplicate"}),
    ("tax", {"wrong_tax"}),
    ("end", {"billed_after_end"}),
    ("extra", {"billed_after_end", "duplicate"}),
    ("time", {"unbilled_hours"}),
    ("hours", {"unbilled_hours"}),
)


def named_types(code):
    """Error types that a finding of this code names; a code without a known word names none."""
    if code in NAMES:
        return NAMES[code]
    return next((types for word, types in WORDS if word in code), set())
