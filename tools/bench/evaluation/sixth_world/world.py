"""What is true of each client in each month: counts, terms, prices, hours, one-off sales. No Odoo in here.

Months are numbers: 0 is December 2023, ``FINAL`` November 2026. Money in US dollars, hours in quarters.
"""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta

from .catalogue import BY_CODE

FINAL = 35
JUDGED = (32, 33, 34, 35)


def first_day(month):
    """The first day of month number ``month``."""
    year, index = divmod(month + 11, 12)
    return date(2023 + year, index + 1, 1)


def last_day(month):
    return first_day(month + 1) - timedelta(days=1)


@dataclass
class Term:
    """A product that a client buys every month from ``start`` until the month before ``end``."""

    code: str
    driver: str
    base_price: float
    quantity: int = 1
    start: int = 0
    end: int | None = None
    month_of_year: int = 0
    share: float = 1.0

    @property
    def item(self):
        return BY_CODE[self.code]

    def runs(self, month):
        return self.start <= month and (self.end is None or month < self.end)


@dataclass
class Client:
    """One client, and the series that everything else follows from."""

    number: int
    name: str
    start: int
    end: int | None
    tier: str
    exempt: bool
    has_agreement: bool
    has_counts: bool
    anchor: int
    timing: str
    prorates: bool
    round_to: float
    uplift_month: int | None
    uplifts: dict
    discount: float
    discount_until: int
    hour_price: float
    terms: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    change_day: dict = field(default_factory=dict)
    hours: dict = field(default_factory=dict)
    sales: dict = field(default_factory=dict)
    catalog_prices: bool = False

    def active(self, month):
        return self.start <= month and (self.end is None or month < self.end)

    def price(self, term, month):
        """Unit price in a month: each uplift since the start multiplies what a vendor does not dictate."""
        price = term.base_price
        if not term.item.passed_on and term.item.kind in ("recurring", "block"):
            for at, rate in sorted(self.uplifts.items()):
                if at <= month and at > term.start:
                    price = round(round(price * (1 + rate) / self.round_to) * self.round_to, 2)
        return price

    def quantity(self, term, month):
        if term.driver == "fixed":
            return term.quantity
        return max(1, round(self.counts[term.driver][month] * term.share))

    def discount_at(self, term, month):
        if term.item.kind != "recurring" or term.item.passed_on:
            return 0.0
        return self.discount if month < self.discount_until else 0.0

    def billed_terms(self, month):
        """Monthly terms of a month, and the annual ones whose month it is."""
        of_year = first_day(month).month
        return [
            term
            for term in self.terms
            if term.runs(month) and (term.item.kind != "annual" or term.month_of_year == of_year)
        ]


def make_clients(rng, number):
    """``number`` clients of one portfolio."""
    return [_client(rng, index) for index in range(number)]


def _client(rng, index):
    months = _history_length(rng)
    start = max(0, FINAL - months)
    client = Client(
        number=index,
        name=f"{_word(rng)} {rng.choice(['Dental', 'Law', 'Logistics', 'Foods', 'Design', 'Builders', 'Clinic'])} {index:03d}",
        start=start,
        end=rng.randint(start + 6, FINAL + 6) if months > 8 and rng.random() < 0.08 else None,
        tier=rng.choices(["all_inclusive", "time_material", "prepaid"], [45, 43, 12])[0],
        exempt=rng.random() < 0.12,
        has_agreement=rng.random() < 0.6,
        has_counts=rng.random() < 0.85,
        anchor=15 if rng.random() < 0.08 else 1,
        timing="arrears" if rng.random() < 0.1 else "advance",
        prorates=rng.random() < 0.45,
        round_to=rng.choice([0.01, 0.05, 0.5]),
        uplift_month=None if rng.random() < 0.15 else rng.choice([1, 1, 4, 7, 9, 10, 11, first_day(start).month]),
        uplifts={},
        discount=rng.choice([10.0, 15.0, 20.0]) if rng.random() < 0.25 else 0.0,
        discount_until=start + rng.choice([3, 6, 12]),
        hour_price=rng.choice([125.0, 135.0, 145.0, 145.0, 145.0, 160.0]),
    )
    client.uplifts = _uplifts(rng, client)
    client.counts = _counts(rng, client)
    client.change_day = {month: rng.randint(2, 27) for month in range(FINAL + 2)}
    client.terms = _terms(rng, client)
    client.hours = {month: _hours(rng, client) for month in range(start, FINAL + 1)}
    client.sales = {month: _sale(rng) for month in range(start, FINAL + 1) if rng.random() < 0.05}
    return client


def _word(rng):
    return rng.choice(["North", "River", "Oak", "Summit", "Harbor", "Cedar", "Union", "Granite", "Lake", "Prairie"])


def _history_length(rng):
    low, high = rng.choices([(1, 2), (3, 8), (9, 18), (19, 35)], [10, 20, 30, 40])[0]
    return rng.randint(low, high)


def _uplifts(rng, client):
    if client.uplift_month is None:
        return {}
    months = [m for m in range(client.start + 10, FINAL + 1) if first_day(m).month == client.uplift_month]
    return {month: rng.choice([0.03, 0.04, 0.05, 0.06]) for month in months}


def _counts(rng, client):
    """Users, devices and servers as of the first of each month."""
    users = min(150, max(3, int(rng.lognormvariate(math.log(18), 0.8))))
    light = round(users * rng.choice([0, 0, 0.2, 0.4]))
    devices = max(2, round(users * rng.uniform(0.9, 1.3)))
    servers = users // 15 + rng.choice([0, 0, 1])
    series = {name: {} for name in ("users", "light_users", "devices", "servers")}
    for month in range(client.start, FINAL + 2):
        series["users"][month], series["light_users"][month] = users, light
        series["devices"][month], series["servers"][month] = devices, servers
        step = _drift(rng, users)
        users = max(2, users + step)
        devices = max(2, devices + step + (rng.choice([-1, 1]) if rng.random() < 0.15 else 0))
        light = max(1, light + rng.choice([-1, 1])) if light and rng.random() < 0.1 else light
        servers = max(0, servers + rng.choice([-1, 1])) if rng.random() < 0.02 else servers
    return series


def _drift(rng, users):
    draw = rng.random()
    if draw < 0.58:
        return 0
    if draw < 0.98:
        return rng.choice([-2, -1, -1, 1, 1, 1, 2, 3]) if users > 8 else rng.choice([-1, 1])
    return max(2, round(users * rng.uniform(0.15, 0.35))) * rng.choice([1, 1, -1])


def _terms(rng, client):
    first = client.start
    factor = rng.choice([1.0, 1.0, 1.0, 0.9, 0.95, 1.05, 1.1])
    codes = [rng.choice(["MGD-USER", "MGD-WS"]), "EDR"]
    chances = {"SOC": 0.25, "M365-BP": 0.7, "MAILSEC": 0.5, "M365-BKP": 0.45, "FW": 0.55, "WIFI": 0.25, "VOIP": 0.25}
    codes += [code for code, chance in chances.items() if rng.random() < chance]
    if client.counts["light_users"][first]:
        codes.append("M365-BS")
    if min(client.counts["servers"].values()):
        codes += ["MGD-SRV"] + (["BKP-SRV"] if rng.random() < 0.7 else [])
    codes += ["VCIO"] if rng.random() < 0.2 else []
    codes += ["BLOCK-5"] if client.tier == "prepaid" else []
    if client.tier == "all_inclusive":
        codes += [code for code in ("HELPDESK", "PATCH") if rng.random() < 0.4]
    terms = [_term(rng, client, code, factor) for code in codes]
    for code, chance in {"DOMAIN": 0.5, "SSL": 0.3, "WARRANTY": 0.2}.items():
        if rng.random() < chance:
            terms.append(_term(rng, client, code, 1.0))
    return terms


def _term(rng, client, code, factor):
    item = BY_CODE[code]
    price = item.price if item.passed_on or not item.price else round(item.price * factor / 0.05) * 0.05
    if code == "VCIO":
        price = rng.choice([500.0, 750.0, 1200.0, 1800.0])
    term = Term(code, item.driver, round(price, 2), start=client.start, month_of_year=rng.randint(1, 12))
    if item.driver == "fixed":
        term.quantity = {"WIFI": rng.randint(2, 14), "DOMAIN": rng.randint(1, 6), "FW": rng.choice([1, 1, 1, 2])}.get(
            code, 1
        )
    if code in ("M365-BP", "VOIP") and rng.random() < 0.3:
        term.share = rng.choice([0.5, 0.7, 0.8])
    if item.kind == "recurring" and item.driver != "servers" and code not in ("MGD-USER", "MGD-WS"):
        if rng.random() < 0.2 and client.start < FINAL - 2:
            term.start = rng.randint(client.start + 1, FINAL)
        if rng.random() < 0.14 and term.start < FINAL - 3:
            term.end = rng.randint(term.start + 3, FINAL + 1)
    return term


def _hours(rng, client):
    """Hours of work in a month as a list of (day, hours, billable)."""
    mean = {"all_inclusive": 6.0, "time_material": 5.0, "prepaid": 5.5}[client.tier]
    if rng.random() < 0.12:
        return []
    total = min(60.0, rng.lognormvariate(math.log(mean), 0.6))
    entries = []
    while total > 0.2 and len(entries) < 12:
        hours = max(0.25, round(min(total, rng.uniform(0.25, 3.0)) * 4) / 4)
        entries.append((rng.randint(1, 27), hours, rng.random() > 0.1))
        total -= hours
    return entries


def _sale(rng):
    if rng.random() < 0.5:
        return ("LAPTOP", rng.randint(1, 6), rng.choice([1090.0, 1190.0, 1350.0]))
    return ("PROJECT", 1, float(rng.choice([650, 1200, 1800, 2400, 4800, 9200])))
