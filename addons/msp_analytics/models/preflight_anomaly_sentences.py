from odoo import models


def _number(value):
    return f"{value:,.2f}".rstrip("0").rstrip(".")


class MspPreflightFinding(models.Model):
    """The words of the statistical findings: what was expected, on what ground, and the money."""

    _inherit = "msp.preflight.finding"

    def _preflight_titles(self):
        _ = self.env._
        return super()._preflight_titles() | {
            "history_quantity": _("unusual quantity"),
            "history_price": _("unusual price"),
            "peer_price": _("price unlike other clients'"),
            "history_line_missing": _("line missing"),
            "history_line_new": _("new line"),
            "history_tax": _("tax changed"),
            "history_total": _("unusual total"),
            "same_period": _("period billed twice"),
            "repeated_line": _("line repeated"),
            "time_against_billed": _("hours not billed"),
            "agreement_quantity": _("quantity off agreement"),
            "agreement_price": _("price off agreement"),
            "agreement_over": _("agreement ended"),
            "agreement_line_missing": _("agreed line missing"),
        }

    def _range(self, data):
        """'always 12' or 'between 10 and 14', over how many invoices."""
        low, high = data["low"], data["high"]
        count = min(int(data["count"]), 12)
        if count == 1:
            return self.env._("on the only invoice before")
        if low == high:
            return self.env._("always %(value)s on the last %(count)s invoices", value=_number(low), count=count)
        return self.env._(
            "%(low)s to %(high)s on the last %(count)s invoices", low=_number(low), high=_number(high), count=count
        )

    def _say_history_quantity(self, data):
        return self.env._(
            "%(line)s: %(billed)s billed, %(usual)s expected (%(range)s): %(difference)s",
            line=data["line"],
            billed=_number(data["billed"]),
            usual=_number(data["usual"]),
            range=self._range(data),
            difference=self._signed(data["difference"]),
        )

    def _say_history_price(self, data):
        return self.env._(
            "%(line)s: %(billed)s a unit, %(before)s before (%(percent)s %%, %(count)s invoices): %(difference)s",
            line=data["line"],
            billed=self._money(data["billed"]),
            before=self._money(data["before"]),
            percent=f"{data['percent']:+.1f}",
            count=data["count"],
            difference=self._signed(data["difference"]),
        )

    def _say_peer_price(self, data):
        return self.env._(
            "%(line)s: %(billed)s a unit, the middle of %(peers)s other clients is %(median)s: %(difference)s",
            line=data["line"],
            billed=self._money(data["billed"]),
            peers=data["peers"],
            median=self._money(data["median"]),
            difference=self._signed(data["difference"]),
        )

    def _say_history_line_missing(self, data):
        return self.env._(
            "%(line)s: on %(count)s earlier invoices, last on %(day)s, but not on this one: %(amount)s",
            line=data["line"],
            count=data["count"],
            day=self._date(data["day"]),
            amount=self._signed(-data["amount"]),
        )

    def _say_history_line_new(self, data):
        if data.get("day"):
            return self.env._(
                "%(line)s: last billed on %(day)s, now back with %(amount)s.",
                line=data["line"],
                day=self._date(data["day"]),
                amount=self._money(data["amount"]),
            )
        return self.env._(
            "%(line)s: never billed on %(count)s earlier invoices, now %(amount)s.",
            line=data["line"],
            count=data["count"],
            amount=self._money(data["amount"]),
        )

    def _say_history_tax(self, data):
        taxes = self.env["account.tax"].sudo()  # names only, also for who may not see taxes
        names = {tax.id: tax.name for tax in taxes.browse({*data["found"], *data["before"]}).exists()}
        none = self.env._("no tax")
        facts = {
            "line": data["line"],
            "found": ", ".join(names.get(key, "?") for key in data["found"]) or none,
            "before": ", ".join(names.get(key, "?") for key in data["before"]) or none,
            "subtotal": self._money(data["subtotal"]),
        }
        if int(data["count"]) == 1:
            return self.env._("%(line)s: %(found)s on %(subtotal)s, %(before)s on the only invoice before.", **facts)
        return self.env._(
            "%(line)s: %(found)s on %(subtotal)s, %(before)s on the %(count)s invoices before.",
            count=data["count"],
            **facts,
        )

    def _say_history_total(self, data):
        total, usual = self._money(data["total"]), self._money(data["usual"])
        if data.get("lines"):
            # Of the lines alone that were billed before: a sale beside them is not in these figures.
            total = self.env._("Lines billed before: %(total)s", total=total)
        if int(data["count"]) == 1:
            return self.env._("%(total)s before tax, %(usual)s on the only invoice before.", total=total, usual=usual)
        return self.env._(
            "%(total)s before tax, %(usual)s expected (%(low)s to %(high)s on the last %(count)s invoices).",
            total=total,
            usual=usual,
            low=self._money(data["low"]),
            high=self._money(data["high"]),
            count=min(int(data["count"]), 12),
        )

    def _say_same_period(self, data):
        return self.env._(
            "%(shared)s of %(lines)s lines are also on %(name)s of %(day)s; this client is billed every %(gap)s days.",
            shared=data["shared"],
            lines=data["lines"],
            name=data["name"] if data["name"] not in ("", "/") else self.env._("a draft"),
            day=self._date(data["day"]),
            gap=data["gap"],
        )

    def _say_repeated_line(self, data):
        return self.env._(
            "%(line)s: %(times)s times on this invoice, usually %(usual)s: %(amount)s",
            line=data["line"],
            times=data["times"],
            usual=data["usual"],
            amount=self._signed(data["subtotal"]),
        )

    def _say_time_against_billed(self, data):
        logged, billed = _number(data["logged"]), _number(data["billed"])
        if data.get("amount") is None:
            return self.env._("%(logged)s h logged, %(billed)s h billed.", logged=logged, billed=billed)
        return self.env._(
            "%(logged)s h logged, %(billed)s h billed: %(amount)s",
            logged=logged,
            billed=billed,
            amount=self._signed(data["amount"]),
        )

    def _say_agreement_quantity(self, data):
        values = {
            "line": data["line"],
            "billed": _number(data["billed"]),
            "expected": _number(data["expected"]),
            "day": self._date(data["day"]),
            "difference": self._signed(data["difference"]),
        }
        if data.get("counted"):
            text = self.env._(
                "%(line)s: %(billed)s billed, %(expected)s counted from %(day)s: %(difference)s", **values
            )
        else:
            text = self.env._("%(line)s: %(billed)s billed, %(expected)s agreed from %(day)s: %(difference)s", **values)
        if data.get("before") is not None:
            text += self.env._(" (last invoice %s)", _number(data["before"]))
        return text

    def _say_agreement_price(self, data):
        values = {
            "line": data["line"],
            "billed": self._money(data["billed"]),
            "expected": self._money(data["expected"]),
            "day": self._date(data["day"]),
            "difference": self._signed(data["difference"]),
        }
        if data.get("stale"):
            return self.env._(
                "%(line)s: still billed at %(billed)s, agreed %(expected)s from %(day)s: %(difference)s", **values
            )
        return self.env._("%(line)s: billed at %(billed)s, agreed %(expected)s: %(difference)s", **values)

    def _say_agreement_over(self, data):
        return self.env._(
            "%(line)s: the agreement ended on %(end)s, billed all the same: %(amount)s",
            line=data["line"],
            end=self._date(data["end"]),
            amount=self._signed(data["amount"]),
        )

    def _say_agreement_line_missing(self, data):
        return self.env._(
            "%(line)s: agreed since %(day)s, but not on this invoice: %(amount)s",
            line=data["line"],
            day=self._date(data["day"]),
            amount=self._signed(-data["amount"]),
        )

    # ------------------------------------------------------------------- remedies

    def _mend(self):
        _ = self.env._
        remedies = {
            "agreement_quantity": ("contract", _("Take agreed quantity"), self._mend_agreed),
            "agreement_price": ("contract", _("Take agreed price"), self._mend_agreed),
            "history_tax": ("tax", _("Set tax"), self._mend_tax),
            "repeated_line": ("remove", _("Remove line"), self._mend_remove_line),
            "agreement_over": ("remove", _("Remove line"), self._mend_remove_line),
        }
        if self.code in remedies and self.line_id:
            return remedies[self.code]
        return super()._mend()

    def _mend_agreed(self):
        """Quantity or price after discount as the agreement says."""
        expected = self.data["expected"]
        if self.code == "agreement_quantity":
            self.line_id.write({"quantity": expected})
        else:
            self.line_id.write({"price_unit": expected, "discount": 0.0})
        return True
