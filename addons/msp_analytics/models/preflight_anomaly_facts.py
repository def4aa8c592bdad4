"""Makes the frozen facts of ``engine/anomaly`` out of the rows of a batch of drafts."""

from collections import defaultdict
from datetime import timedelta

from odoo.addons.msp_billing.models.preflight_facts_lookup import label_of

from ..engine.anomaly.facts import AgreementLine, ClientHistory, PastInvoice, PastLine, WorkDay
from ..engine.anomaly.stats import drifts, peers_of
from . import preflight_anomaly_queries as queries

NO_TAX = frozenset()
MONTHS = {"week": 12 / 52, "month": 1.0, "year": 12.0}


class HistoryFacts:
    """The past of the clients of one company's drafts.

    :param drafts: invoices to clients, in superuser mode: see ``preflight_anomaly_queries``
    :param days: day by draft's id
    """

    def __init__(self, drafts):
        self.drafts, self.env = drafts, drafts.env
        self.company = drafts.company_id[:1]
        self.days = {move.id: move.invoice_date or move.date for move in drafts}
        self.first, self.last = min(self.days.values()), max(self.days.values())
        self.clients = set(drafts.commercial_partner_id.ids)
        self._begin()

    def _begin(self):
        self.hour = self.env.ref("uom.product_uom_hour").id
        self._sets, self._labels = {}, {}

    def load(self):
        """:return: dict of ``ClientHistory`` by draft's id"""
        queries.prepare(self.env)
        by_client = self._load_documents()
        self.typed = {move.id for move in self.drafts if not move.billing_run_id and not self._bills(move.id)}
        self._load_agreements()
        self._load_work()
        paid = self._paid_before(by_client)
        self._load_peers(paid)
        self._load_drifts(paid)
        return {move.id: self._history(move, by_client) for move in self.drafts}

    # ------------------------------------------------------------------ loading

    def _load_documents(self):
        """Rows of documents by client and currency; what they bill is kept, and the drafts' own lines."""
        rows = queries.documents(self.env, self.company.id, self.clients, self.first, self.last)
        self.lines = defaultdict(list)
        for row in queries.lines(self.env, self.drafts.ids):
            self.lines[row[1]].append(row)
        self.like = self._alike(rows)
        self._load_contents({self.like.get(row[0], row[0]) for row in rows} | set(self.drafts.ids))
        by_client = defaultdict(list)
        for row in rows:
            by_client[row[1], row[2]].append(row)
        self.made = {}
        return by_client

    @staticmethod
    def _alike(rows):
        """The document whose lines stand for those of another: a client's latest with the same content and amount."""
        latest = {}
        for document, client, currency, _day, _name, untaxed, posted, key in rows:
            if posted and key:
                latest[client, currency, untaxed, key] = document
        return {
            document: latest[client, currency, untaxed, key]
            for document, client, currency, _day, _name, untaxed, posted, key in rows
            if posted and key
        }

    def _numbers(self, document):
        return self.numbers.get(self.like.get(document, document), ())

    def _load_contents(self, ids):
        """Past lines and their prices by number; the numbers of each document; the documents that bill agreements."""
        self.kinds, self.prices = [], []
        self.numbers = defaultdict(list)
        self.billing = set()
        for number, (documents, *row) in enumerate(queries.contents(self.env, ids)):
            self.kinds.append(self._past_line(row))
            self.prices.append(row[3])
            if row[6]:
                self.billing.update(documents)
            for document in documents:
                self.numbers[document].append(number)
        self.shared = {}

    def _load_agreements(self):
        self.agreements = defaultdict(list)
        since = self.first - timedelta(days=400)
        for row in queries.agreements(self.env, self.company.id, self.clients, since):
            self.agreements[row["client_id"], row["currency_id"]].append(row)

    def _load_work(self):
        self.work = defaultdict(list)
        for client, day, minutes, still_open in queries.work(
            self.env, self.company.id, self.clients, self.first, self.last
        ):
            self.work[client].append(WorkDay(day, minutes, still_open))

    def _paid_before(self, by_client):
        """Prices of the posted past, the oldest first, by (client, currency, product); months alike count once."""
        paid = defaultdict(list)
        for (client, currency), documents in by_client.items():
            before = None
            for document in documents:
                numbers = self._numbers(document[0])
                if not document[6] or not numbers or numbers == before:
                    continue
                before = numbers
                for number in numbers:
                    paid[client, currency, self.kinds[number].product_id].append(self.prices[number])
        return paid

    def _priced_lines(self, paid):
        """(product, price, prices of the client's past) of the drafts' lines with a product."""
        for move in self.drafts:
            client, currency = move.commercial_partner_id.id, move.currency_id.id
            for line in self.lines[move.id]:
                if line[2]:
                    yield line[2], line[5], paid.get((client, currency, line[2]), ())

    def _load_peers(self, paid):
        """Peers of products that a client has never had at this price: the others are as they were."""
        wanted = {
            product
            for product, price, before in self._priced_lines(paid)
            if not any(abs(price - past) < 1e-6 for past in before)
        }
        prices = defaultdict(dict)
        if wanted:
            for product, currency, client, price in queries.peer_prices(
                self.env, self.company.id, wanted, self.first, self.last
            ):
                prices[currency, product][client] = price
        self.peers = defaultdict(dict)
        for (currency, product), found in prices.items():
            peers = peers_of(found.values())
            if peers:
                self.peers[currency][product] = peers

    def _load_drifts(self, paid):
        """Where a price of a draft is another than last time: whether the other clients' moved alike.

        Of all products of the drafts: how a client's prices moved at large is the middle one of its lines, also of
        those that stayed.
        """
        lines = list(self._priced_lines(paid))
        moved = any(before and abs(price - before[-1]) > 1e-6 for _product, price, before in lines)
        products = {product for product, _price, _before in lines}
        self.drifts = drifts(queries.price_moves(self.env, self.company.id, products, self.last)) if moved else {}

    # ----------------------------------------------------------------- building

    def _history(self, move, by_client):
        """The past of the draft's client, with the draft's own lines beside it."""
        client, currency = move.commercial_partner_id.id, move.currency_id.id
        draft = tuple(self._draft_line(row) for row in self.lines[move.id])
        return self._past(by_client.get((client, currency), ()), client, currency, self.days[move.id], draft, move.id)

    def _past(self, rows, client, currency, day, draft=(), draft_id=None):
        invoices, siblings = [], []
        for row in rows:
            if row[0] == draft_id or row[3] < day - timedelta(days=queries.HISTORY_DAYS):
                continue
            if row[6] and row[3] <= day:
                invoices.append(self._document(row))
            elif abs((row[3] - day).days) <= queries.BESIDE_DAYS:
                siblings.append(self._document(row))
        return ClientHistory(
            draft=draft,
            invoices=tuple(invoices),
            siblings=tuple(siblings),
            agreements=tuple(self._agreed(row, day) for row in self.agreements.get((client, currency), ())),
            peers=self.peers.get(currency, {}),
            drifts=self.drifts,
            work=tuple(entry for entry in self.work.get(client, ()) if entry.date <= day),
            extra=draft_id in self.typed and any(self._bills(past.id) for past in invoices),
        )

    def _bills(self, move_id):
        """Whether a document bills agreements."""
        return self.like.get(move_id, move_id) in self.billing

    def _document(self, row):
        """Drafts of one client share the documents of its past, and documents that bill the same their lines."""
        if row[0] not in self.made:
            numbers = tuple(self._numbers(row[0]))
            lines = self.shared.get(numbers)
            if lines is None:
                lines = self.shared[numbers] = tuple(self.kinds[number] for number in numbers)
            self.made[row[0]] = PastInvoice(row[0], row[4] or "", row[3], row[5] or 0.0, lines, row[6])
        return self.made[row[0]]

    def _past_line(self, row):
        product, name, quantity, price, subtotal, unit, *charge, taxes = row
        return self._line(product, name, quantity, price, subtotal, unit, taxes, charge)

    def _draft_line(self, row):
        line_id, _move, product, name, quantity, price, subtotal, unit, taxes, *charge = row
        return self._line(product, name, quantity, price, subtotal, unit, taxes, charge, line_id)

    def _line(self, product, name, quantity, price, subtotal, unit, taxes, charge, line_id=0):
        """A line of a document; with its id one of the draft itself.

        :param charge: [chain, kind, contract's quantity, contract's price after discount], of None for a typed one
        """
        label = self._labels.get(name)
        if label is None:
            label = self._labels[name] = label_of(name)
        chain, kind, agreed_quantity, agreed_price = charge
        piece = False
        if chain:
            subject = f"s{chain}"
            if subtotal < 0 or kind == "adjustment":
                piece = True
            elif quantity == 1 and abs(price - agreed_price) > 1e-6:
                # A part of a period: the level is that of the contract.
                quantity, price, piece = agreed_quantity, agreed_price, bool(line_id)
        else:
            subject = f"p{product}" if product else f"l{label}"
        taxes = self._taxes(taxes) if taxes else NO_TAX
        return PastLine(
            subject, label, product, quantity, price, subtotal, taxes, unit == self.hour, piece, line_id
        )  # fmt: skip

    def _taxes(self, ids):
        if not ids:
            return NO_TAX
        key = tuple(ids)
        if key not in self._sets:
            self._sets[key] = frozenset(ids)
        return self._sets[key]

    def _agreed(self, row, day):
        start, end = row["date_start"], row["date_end"]
        paused = row["paused_from"]
        if paused and paused <= day and (not row["paused_until"] or row["paused_until"] > day):
            # Nothing is owed while it is paused; a line that is billed all the same counts as over.
            end = min(end or paused, paused) - timedelta(days=1)
        return AgreementLine(
            product_id=row["product_id"],
            label=label_of(row["name"]),
            quantity=row["quantity"],
            price=row["price"] if row["price_mode"] == "contract" else None,
            start=start,
            end=end,
            subscription_id=row["subscription_id"],
            months=MONTHS[row["interval_unit"]] * row["interval_count"],
            counted=bool(row["source_ref"]),
            arrears=row["timing"] == "arrears",
            one_off=bool(row["is_one_off"]),
        )


class AbsentFacts(HistoryFacts):
    """The past of clients that have no draft.

    :param clients: list of (client, currency)
    """

    def __init__(self, env, company, clients, day):
        self.env, self.company, self.day = env, company, day
        self.drafts = env["account.move"].browse()
        self.first = self.last = day
        self.pairs, self.clients = clients, {client for client, _currency in clients}
        self._begin()
        self.peers, self.work, self.drifts, self.typed = defaultdict(dict), {}, {}, ()

    def load(self):
        """:return: dict of ``ClientHistory`` by (client, currency)"""
        queries.prepare(self.env)
        by_client = self._load_documents()
        self._load_agreements()
        return {pair: self._past(by_client.get(pair, ()), *pair, self.day) for pair in self.pairs}
