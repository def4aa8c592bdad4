"""Mistakes of time: billed for too long, reduced for too long, work that nobody billed."""

from __future__ import annotations

from billing_world.rows import BARE, RUN, Row

from .labour import Entry
from .months import day_in, name_of, number_of

#: Hours below which nobody would look for forgotten work.
LEAST_HOURS = 1.5


class Untimely:
    """Part of the mistakes; see ``Desk`` for what it works with."""

    # ------------------------------------------------------------------- ends

    def _billed_after_end(self):
        services = [s for s in self.client.services if self.review - 4 < s.last < self.review and s.months == 1]
        self.rng.shuffle(services)
        for service in services:
            version = self._ended(service)
            if not version or service.included or any(row.item == service.item for row in self.case.rows):
                continue
            if service.last % 12 in service.pauses or not service.price(service.last):
                continue
            self._bill_on(service)
            row = self._full_row(service, self.review)
            place = sum(1 for other in self.case.rows if other.item and other.item < service.item)
            self.case.rows.insert(place, row)
            if self.case.way == RUN:
                # The end was written down after the run.
                self.case.late_ends[service.item] = version.end
            return self.note("billed_after_end", row, row.subtotal)
        return False

    def _ended(self, service):
        """The record of the end, where there is one."""
        if self.case.way == BARE:
            return None
        found = [version for version in self.case.versions if version.item == service.item]
        return found[-1] if found and found[-1].end and found[-1].end < self.month else None

    def _bill_on(self, service):
        """Nobody saw the end: the invoices since then had the service too."""
        taken = {number_of(document.date) for document in self.case.history if self._has(document, service.item)}
        for document in self.case.history:
            month = number_of(document.date)
            if not service.last <= month < self.review or not any(row.item for row in document.rows):
                continue
            if month == service.last:
                document.rows = [self._whole(row, service) for row in document.rows]
            elif month not in taken:
                taken.add(month)
                document.rows.append(self._full_row(service, month))

    @staticmethod
    def _has(document, item):
        return any(row.item == item for row in document.rows)

    def _whole(self, row, service):
        """What was cut to the days before the end had not been cut then."""
        return self._full_row(service, service.last) if row.item == service.item else row

    def _full_row(self, service, month):
        row = service.row(service.last, self.client.taxes(month))
        row.piece = None
        if self.client.market.months_in_labels:
            row.label = f"{row.label} {name_of(month)}"
        return row

    # -------------------------------------------------------------- discounts

    def _discount_overrun(self):
        for row in self.rows():
            promo = self.service(row).promo
            if not promo or not self.review - 5 < promo[1] < self.review or not self.price_on_record(row):
                continue
            given = [v for v in self.case.versions if v.item == row.item and v.discount == promo[2]]
            if not given or not self.times(row, self.review - promo[0] + 1):
                continue
            for old in self.later_rows(row.item, promo[1] + 1):
                old.discount = promo[2]
            before, row.discount = row.subtotal, promo[2]
            return self.note("discount_overrun", row, row.subtotal - before)
        return False

    # ------------------------------------------------------------------- work

    def _unbilled_hours(self):
        labour = self.client.labour
        billed = labour and any(row.product.kind == "hours" for doc in self.case.history for row in doc.rows)
        if not billed or not self.client.logs or self.client.apart:
            return False
        rows = [row for row in self.case.rows if row.product.kind == "hours" and id(row) not in self.touched]
        due = labour.due(self.review)
        hours = sum(row.quantity for row in rows)
        if hours < 2 * LEAST_HOURS or not due:
            return self._forgotten_work(labour)
        if self.rng.random() < 0.5 and len(rows) < len(self.case.rows):
            return self._none_billed(rows, due, hours)
        return self._partly_billed(labour, rows, due, hours)

    def _none_billed(self, rows, due, hours):
        for row in rows:
            self.remove(row)
        self._open(due)
        return self.note("unbilled_hours", rows[0], sum(row.subtotal for row in rows))

    def _partly_billed(self, labour, rows, due, hours):
        """Some time sheets were left out."""
        left, lost, gone = 0.0, 0.0, []
        wanted = max(LEAST_HOURS, 0.2 * hours, self.rng.uniform(0.15, 0.7) * hours)
        for entry in self.rng.sample(due, len(due)):
            row = self._line_of(labour, rows, entry)
            if left >= wanted or row is None or row.quantity <= labour.hours(entry):
                continue
            row.quantity = round(row.quantity - labour.hours(entry), 2)
            left, lost = left + labour.hours(entry), lost + labour.hours(entry) * row.price
            gone.append((entry, row))
        if left < LEAST_HOURS:
            return False
        self._open([entry for entry, _row in gone])
        return self.note("unbilled_hours", gone[0][1], lost)

    def _line_of(self, labour, rows, entry):
        product = self.client.market.work[entry.role].product
        found = [row for row in rows if row.product is product]
        return found[0] if len(found) == 1 and not labour.detailed else None

    def _forgotten_work(self, labour):
        """Work of the period that is in the log and on no invoice."""
        month = self.review if labour.rolling and self.case.day.day > 3 else self.review - 1
        last = self.case.day.day if month == self.review else 27
        minutes = [self.rng.choice((45, 60, 90, 120, 180, 240)) for _ in range(self.rng.choice((2, 3, 5)))]
        for amount in minutes:
            entry = Entry(day_in(month, self.rng.randint(1, last)), amount, 0, self.review)
            labour.entries.append(entry)
            self.case.work.append((entry.day, amount, amount))
        self.case.work.sort()
        product = self.client.market.work[0].product
        row = Row(product, product.name, sum(minutes) / 60, labour.rate(0, self.review))
        return self.note("unbilled_hours", row, row.subtotal)

    def _open(self, entries):
        """With a run the log shows which time is on no invoice; by hand all of it looks open anyway."""
        if self.case.way != RUN:
            return
        missed = [(entry.day, entry.minutes) for entry in entries]
        for place, (day, minutes, still_open) in enumerate(self.case.work):
            if (day, minutes) in missed and not still_open:
                missed.remove((day, minutes))
                self.case.work[place] = (day, minutes, minutes)
