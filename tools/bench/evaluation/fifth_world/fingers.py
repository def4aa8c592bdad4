"""What fingers make of a number that was to be typed."""

from __future__ import annotations


def mistyped_quantity(rng, quantity: float) -> float:
    """Another count: a digit too many or too few, or two digits the wrong way round."""
    digits = str(max(1, round(quantity)))
    options = [digits + "0", digits + digits[-1]]
    if len(digits) > 1:
        options += [digits[:-1], _swapped(digits)]
    wrong = [float(option) for option in options if abs(float(option) / quantity - 1) > 0.3 and float(option)]
    return rng.choice(wrong)


def mistyped_price(rng, price: float) -> float:
    """Another price: the point in the wrong place, digits the wrong way round or one struck twice."""
    whole, cents = f"{price:.2f}".split(".")
    options = [10 * price, price / 10, float(f"{whole}{whole[-1]}.{cents}"), float(f"{_swapped(whole)}.{cents}")]
    if cents != "00":
        options.append(float(f"{whole}{cents}"))
    wrong = [round(option, 2) for option in options if abs(option / price - 1) > 0.2]
    return rng.choice([option for option in wrong if option > 0])


def _swapped(digits):
    return digits[:-2] + digits[-1] + digits[-2] if len(digits) > 1 else digits
