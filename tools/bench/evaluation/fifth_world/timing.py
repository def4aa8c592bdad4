"""Mistakes of time: the records have moved on, the draft has not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from billing_world.rows import RUN, Case, Row, Version


class Timing:
    """Moves the records of a case on, or brings back what they had ended."""

    def __init__(self, rng):
        self.rng = rng

    @staticmethod
    def in_force(case: Case, item: int) -> Version | None:
        """The agreement's line on the draft's first day."""
        first = case.day.replace(day=1)
        found = [v for v in case.versions if v.item == item and v.start <= first and (v.end is None or v.end >= first)]
        return found[-1] if found else None

    def counted(self, case: Case, row: Row, quantity: float) -> bool:
        """Another count has come in: with the run after its draft, else as the agreement's quantity."""
        version, first = self.in_force(case, row.item), case.day.replace(day=1)
        if version is None or not version.counted:
            return False
        if case.way == RUN:
            when = case.day - timedelta(days=self.rng.randint(0, 3))
            case.late_counts[row.item] = (quantity, when)
        elif version.start >= first:
            version.quantity = quantity
        else:
            self._follow(case, version, replace(version, start=first, quantity=quantity))
        return True

    def ended(self, case: Case, row: Row) -> bool:
        """End the agreement's line within the month before the draft's."""
        version, first = self.in_force(case, row.item), case.day.replace(day=1)
        if version is None or version.months != 1 or not version.start < first:
            return False
        back = 1 if self.rng.random() < 0.6 else self.rng.randint(2, 25)
        end = max(version.start, first - timedelta(days=back))
        self._drop_after(case, version)
        version.end = end
        if case.way == RUN:
            case.late_ends[row.item] = end
        return True

    def returned(self, case: Case) -> Row | None:
        """A row of some months ago whose service has ended since, taken over from an old document."""
        billed, first = (
            {row.item for row in (*case.rows, *(case.history[-1].rows if case.history else ()))},
            case.day.replace(day=1),
        )
        over = {v.item for v in case.versions if v.months == 1 and v.end} - {
            v.item for v in case.versions if v.end is None or v.end >= first
        }
        for document in reversed(case.history[-9:-1]):
            for row in document.rows:
                if row.item in over - billed and row.piece is None and row.subtotal > 0:
                    return replace(row, typed=case.way == RUN)
        return None

    def overrun(self, case: Case, row: Row) -> float:
        """Percent that the draft is to go on giving: of a promise that ends this month, or is made to; 0 for none."""
        version, first = self.in_force(case, row.item), case.day.replace(day=1)
        if version is None:
            return 0.0
        last = case.history[-1].rows if case.history else ()
        before = next((old.discount for old in last if old.item == row.item), 0.0)
        if before and not row.discount and not version.discount:
            return before
        if (
            not before
            or row.discount != before
            or version.discount != before
            or not version.end
            or version.start >= first
        ):
            return 0.0
        self._follow(case, version, replace(version, start=first, end=None, discount=0.0))
        return before

    def _follow(self, case, version, successor):
        """Put another line after this one, from its start on."""
        if successor.end is None:
            self._drop_after(case, version)
        version.end = successor.start - timedelta(days=1)
        case.versions.insert(case.versions.index(version) + 1, successor)

    @staticmethod
    def _drop_after(case, version):
        case.versions = [v for v in case.versions if v.item != version.item or v.start <= version.start]
