"""Which error a finding's code speaks of, as a reader of its title would take it. Filled in from what was seen."""

NAMES = {}


def named_types(code):
    """Error types that a finding of this code names; unknown codes name none."""
    return set(NAMES.get(code, ()))
