"""Why a price is left out, waits or cannot be reverted, in plain words."""

from odoo.tools import format_date


class ChangeWording:
    """Speaks the language of ``env``; remembers the dates it has formatted."""

    def __init__(self, env):
        self.env = env
        self._dates = {}

    def day(self, day):
        if not day:
            return ""
        if day not in self._dates:
            self._dates[day] = format_date(self.env, day, date_format="d MMM y")
        return self._dates[day]

    def exclusion(self, reason, months=0):
        """Why a price takes no part."""
        _, words = self.env._, {"day": self.day(reason.day), "text": reason.text, "months": months}
        return {
            "follows": lambda: _("Has no price of its own: it follows the client's price of the day."),
            "calculated": lambda: _("Is a percentage: it follows the price it is taken from."),
            "currency": lambda: _("Is in another currency."),
            "pass_through": lambda: _("Is passed on at cost."),
            "other": lambda: _("Is part of price change %(text)s.", **words),
            "raised": lambda: _("Was raised on %(day)s, less than %(months)s months before.", **words),
            "locked": lambda: _("Is locked until %(day)s.", **words),
            "ended": lambda: _("Ends on %(day)s, before the new price could begin.", **words),
            "free": lambda: _("Costs nothing: there is nothing to raise."),
            "below_zero": lambda: _("Would fall to zero or less."),
            "unchanged": lambda: _("Comes to the same price after rounding."),
        }[reason.code]()

    def deferral(self, reasons, effective, subject="line"):
        """Why a price begins later than asked; empty where it does not."""
        if not reasons:
            return False
        _ = self.env._
        sentences = [self._deferral(reason, subject) for reason in reasons]
        return _("%(why)s New price from %(day)s.", why=" ".join(sentences), day=self.day(effective))

    def _deferral(self, reason, subject):
        _, words = self.env._, {"day": self.day(reason.day), "text": reason.text}
        if reason.code == "locked" and subject != "line":
            return _("%(text)s is locked until %(day)s and pays this price.", **words)
        return {
            "starts": lambda: _("Holds from %(day)s on.", **words),
            "locked": lambda: _("Locked until %(day)s.", **words),
            "billed": lambda: _("Billed until %(day)s.", **words),
            "period": lambda: _("Waits for the next billing period."),
        }[reason.code]()

    def refusal(self, reason):
        """Why a price cannot go back."""
        _, words = self.env._, {"day": self.day(reason.day), "text": reason.text}
        if reason.code == "invoiced":
            if reason.text:
                return _("Invoiced at the new price up to %(day)s (%(text)s).", **words)
            return _("Invoiced at the new price up to %(day)s.", **words)
        if reason.code == "changed":
            return _("Its price was changed again since.")
        return _("What the change made was removed since.")
