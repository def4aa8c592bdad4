"""How figures go wrong under people's fingers."""

from __future__ import annotations

from random import Random


def mistyped_number(rng: Random, value: float) -> float:
    """Another whole number that a slip makes of this one."""
    digits = str(int(value))
    ways = [digits + rng.choice("0123456789"), digits + digits[-1], _neighbour(rng, digits)]
    if len(digits) > 1:
        place = rng.randrange(len(digits) - 1)
        ways += [digits[:-1], _swapped(digits, place), _swapped(digits, place), _neighbour(rng, digits)]
    found = [int(way) for way in ways if way and int(way) > 0 and int(way) != int(value)]
    return float(rng.choice(found)) if found else value + 10


def mistyped_price(rng: Random, price: float) -> float:
    """Another price: point misplaced, digits swapped, one wrong or left out."""
    kind = rng.choice(("point", "swap", "swap", "neighbour", "neighbour", "left out", "cents"))
    if kind == "point":
        return round(price * rng.choice((10, 0.1, 100)), 2)
    whole, cents = f"{price:.2f}".split(".")
    if kind == "cents" and cents != cents[::-1]:
        return float(f"{whole}.{cents[::-1]}")
    if kind == "swap" and len(whole) > 1:
        return float(f"{_swapped(whole, rng.randrange(len(whole) - 1))}.{cents}")
    if kind == "left out" and len(whole) > 1:
        place = rng.randrange(len(whole))
        return float(f"{whole[:place] + whole[place + 1 :] or '0'}.{cents}")
    return float(f"{_neighbour(rng, whole)}.{cents}")


def _swapped(digits, place):
    return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]


def _neighbour(rng, digits):
    """One digit off by one key, as on a number pad."""
    keys = {
        "0": "1",
        "1": "24",
        "2": "135",
        "3": "26",
        "4": "157",
        "5": "2468",
        "6": "359",
        "7": "48",
        "8": "579",
        "9": "68",
    }
    place = rng.randrange(len(digits))
    return digits[:place] + rng.choice(keys[digits[place]]) + digits[place + 1 :]
