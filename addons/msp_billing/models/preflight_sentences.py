from odoo import models


def _number(value):
    return f"{value:,.2f}".rstrip("0").rstrip(".")


class MspPreflightFinding(models.Model):
    """The words of findings: made when they are read, in the reader's language."""

    _inherit = "msp.preflight.finding"

    def _preflight_titles(self):
        """Short names by code. Override to add those of an addon's rules. Returns a dict."""
        _ = self.env._
        return {
            "missing_price": _("no price"),
            "zero_line": _("line of 0"),
            "negative_line": _("negative line"),
            "zero_total": _("total of 0"),
            "negative_total": _("negative total"),
            "missing_tax": _("no tax"),
            "wrong_tax": _("wrong tax"),
            "price_off_contract": _("price off contract"),
            "quantity_off_contract": _("quantity off contract"),
            "count_drift": _("count changed"),
            "price_off_resolver": _("price off client price"),
            "below_cost": _("below cost"),
            "quantity_jump": _("quantity jump"),
            "price_jump": _("price jump"),
            "total_band": _("total changed"),
            "vanished_line": _("line missing"),
            "first_invoice": _("first invoice"),
            "missing_email": _("no e-mail"),
            "missing_payment_term": _("no payment term"),
            "missing_po": _("no purchase order"),
            "lock_date": _("locked period"),
            "currency_rate": _("exchange rate"),
            "duplicate": _("duplicate"),
            "duplicate_line": _("line twice"),
            "ended_agreement": _("agreement ended"),
            "paused_billed": _("agreement paused"),
            "period_gap": _("gap in periods"),
            "no_increase": _("no increase"),
            "standing_note": _("note"),
            "unbilled_time": _("unbilled time"),
        }

    def _preflight_sentences(self):
        """Makers of sentences by code: functions of a finding and its data.

        Override to add those of an addon's rules. Returns a dict.
        """
        cls = type(self)
        return {code: getattr(cls, f"_say_{code}") for code in self._preflight_titles() if hasattr(cls, f"_say_{code}")}

    # -------------------------------------------------------------------- lines

    def _say_missing_price(self, data):
        return self.env._(
            "%(line)s: nobody knows a price for it, so it stands at 0. Give it a price, or the client an override.",
            line=data["line"],
        )

    def _say_zero_line(self, data):
        if data.get("was"):
            return self.env._(
                "%(line)s: billed at 0, %(was)s on the last invoice.", line=data["line"], was=self._money(data["was"])
            )
        if self.amount:
            return self.env._(
                "%(line)s: billed at 0, agreed %(expected)s.",
                line=data["line"],
                expected=self._money(abs(self.amount)),
            )
        return self.env._("%s: billed at 0.", data["line"])

    def _say_negative_line(self, data):
        return self.env._(
            "%(line)s: a negative line of %(amount)s that no earlier charge explains.",
            line=data["line"],
            amount=self._signed(data["subtotal"]),
        )

    def _say_duplicate_line(self, data):
        return self.env._(
            "%(line)s: twice on this invoice at %(amount)s.", line=data["line"], amount=self._money(data["subtotal"])
        )

    def _say_missing_tax(self, data):
        return self.env._(
            "%(line)s: no tax on %(amount)s, %(expected)s expected.",
            line=data["line"],
            amount=self._money(data["subtotal"]),
            expected=data["expected"],
        )

    def _say_wrong_tax(self, data):
        return self.env._(
            "%(line)s: tax %(found)s, %(expected)s expected.",
            line=data["line"],
            found=data["found"],
            expected=data["expected"] or self.env._("none"),
        )

    # ----------------------------------------------------------------- contract

    def _say_price_off_contract(self, data):
        return self.env._(
            "%(line)s: billed at %(billed)s, contract %(expected)s: %(difference)s",
            line=data["line"],
            billed=self._money(data["billed"]),
            expected=self._money(data["expected"]),
            difference=self._signed(data["difference"]),
        )

    def _say_quantity_off_contract(self, data):
        return self.env._(
            "%(line)s: %(billed)s billed, %(expected)s in the contract: %(difference)s",
            line=data["line"],
            billed=_number(data["billed"]),
            expected=_number(data["expected"]),
            difference=self._signed(data["difference"]),
        )

    def _say_count_drift(self, data):
        if data.get("price") is not None:
            return self.env._(
                "%(line)s: %(billed)s billed, the contract changed on %(day)s to %(counted)s at %(price)s: %(difference)s",
                line=data["line"],
                billed=_number(data["billed"]),
                counted=_number(data["counted"]),
                day=self._date(data["day"]),
                price=self._money(data["price"]),
                difference=self._signed(data["difference"]),
            )
        return self.env._(
            "%(line)s: %(billed)s billed, %(counted)s counted on %(day)s: %(difference)s",
            line=data["line"],
            billed=_number(data["billed"]),
            counted=_number(data["counted"]),
            day=self._date(data["day"]),
            difference=self._signed(data["difference"]),
        )

    def _say_price_off_resolver(self, data):
        return self.env._(
            "%(line)s: typed at %(billed)s, the client's price is %(expected)s (%(why)s): %(difference)s",
            line=data["line"],
            billed=self._money(data["billed"]),
            expected=self._money(data["expected"]),
            why=data["why"],
            difference=self._signed(self.amount),
        )

    def _say_below_cost(self, data):
        return self.env._(
            "%(line)s: sold at %(price)s, costs %(cost)s: %(loss)s",
            line=data["line"],
            price=self._money(data["price"]),
            cost=self._money(data["cost"]),
            loss=self._signed(data["loss"]),
        )

    # ------------------------------------------------------------------ history

    def _say_quantity_jump(self, data):
        values = {
            "line": data["line"],
            "billed": _number(data["billed"]),
            "before": _number(data["before"]),
            "difference": self._signed(data["difference"]),
        }
        if data.get("known"):
            return self.env._(
                "%(line)s: %(billed)s billed, %(before)s on the last invoice: %(difference)s. The contract was changed.",
                **values,
            )
        return self.env._("%(line)s: %(billed)s billed, %(before)s on the last invoice: %(difference)s", **values)

    def _say_price_jump(self, data):
        return self.env._(
            "%(line)s: %(billed)s a unit, %(before)s on the last invoice (%(percent)s %%): %(difference)s",
            line=data["line"],
            billed=self._money(data["billed"]),
            before=self._money(data["before"]),
            percent=f"{data['percent']:+.1f}",
            difference=self._signed(data["difference"]),
        )

    def _say_total_band(self, data):
        return self.env._(
            "%(total)s before tax, %(before)s on %(name)s of %(day)s: %(change)s (%(percent)s %%)",
            total=self._money(data["total"]),
            before=self._money(data["before"]),
            name=data["name"],
            day=self._date(data["day"]),
            change=self._signed(data["change"]),
            percent=f"{data['percent']:+.0f}",
        )

    def _say_vanished_line(self, data):
        return self.env._(
            "%(line)s: on the last invoice and owed from %(day)s, but not on this one: %(amount)s",
            line=data["line"],
            day=self._date(data["day"]),
            amount=self._signed(-data["amount"]),
        )

    def _say_first_invoice(self, data):
        return self.env._(
            "First invoice to this client in %s: look at address, tax and payment term.", data["currency"]
        )

    # ------------------------------------------------------------------- header

    def _say_zero_total(self, data):
        if data.get("empty"):
            return self.env._("The invoice has no line.")
        if data.get("cancels_out"):
            return self.env._("The lines add up to 0: nothing would be asked of the client.")
        if self.amount:
            return self.env._("The total is 0, but %s should have been billed.", self._money(abs(self.amount)))
        return self.env._("The total is 0.")

    def _say_negative_total(self, data):
        return self.env._("The total is %s: what is negative has to be a credit note.", self._signed(data["total"]))

    def _say_missing_email(self, data):
        return self.env._("%s has no e-mail address, so the invoice cannot be sent.", data["contact"])

    def _say_missing_payment_term(self, data):
        if data.get("term"):
            return self.env._("No payment term; the client's is “%s”.", data["term"])
        if data.get("had"):
            return self.env._("No payment term; the last invoice had one.")
        return self.env._("No payment term: due at once.")

    def _say_missing_po(self, data):
        return self.env._("%s wants a purchase order number on every invoice: fill in the reference.", data["client"])

    def _say_lock_date(self, data):
        return self.env._(
            "%(day)s lies in a locked period (until %(to)s): posting books it into a later one.",
            day=self._date(data["day"]),
            to=self._date(data["to"]),
        )

    def _say_currency_rate(self, data):
        if data.get("booked"):
            return self.env._(
                "Booked at %(booked)s %(currency)s, the rate of the day is %(table)s.",
                booked=f"{data['booked']:.6g}",
                table=f"{data['table']:.6g}",
                currency=data["currency"],
            )
        if data.get("days"):
            return self.env._("The exchange rate of %(currency)s is %(days)s days old.", **data)
        return self.env._("There is no exchange rate of %s for the invoice's day.", data["currency"])

    def _say_duplicate(self, data):
        values = {
            "name": data["name"] if data["name"] not in ("", "/") else self.env._("a draft"),
            "day": self._date(data["day"]),
            "total": self._money(data["total"]),
        }
        if data["same_lines"]:
            return self.env._("The same lines and total (%(total)s) as %(name)s of %(day)s.", **values)
        if data["same_total"]:
            return self.env._("The same total (%(total)s) as %(name)s of %(day)s.", **values)
        return self.env._(
            "%(line)s over %(shared)s is also on %(name)s of %(day)s.",
            line=data["line"],
            shared=self._money(data["shared"]),
            **{key: values[key] for key in ("name", "day")},
        )

    # ---------------------------------------------------------------- agreement

    def _say_ended_agreement(self, data):
        return self.env._(
            "%(line)s: ended on %(end)s, %(days)s days beyond it are billed: %(amount)s",
            line=data["line"],
            end=self._date(data["end"]),
            days=data["days"],
            amount=self._signed(data["amount"]),
        )

    def _say_paused_billed(self, data):
        return self.env._(
            "%(line)s: paused from %(day)s, billed all the same: %(amount)s",
            line=data["line"],
            day=self._date(data["day"]),
            amount=self._signed(data["amount"]),
        )

    def _say_period_gap(self, data):
        return self.env._(
            "%(line)s: %(days)s days from %(start)s to the eve of %(end)s were never billed: about %(amount)s",
            line=data["line"],
            days=data["days"],
            start=self._date(data["from"]),
            end=self._date(data["to"]),
            amount=self._signed(self.amount),
        )

    def _say_no_increase(self, data):
        return self.env._(
            "%(count)s lines have had their price for 24 months or longer; %(line)s since %(day)s.",
            count=data["count"],
            line=data["line"],
            day=self._date(data["day"]),
        )

    def _say_standing_note(self, data):
        return self.env._("Note on %(about)s: %(text)s", **data)

    def _say_unbilled_time(self, data):
        hours = _number(data["hours"])
        if data.get("unapproved"):
            return self.env._("%s h of this period wait for approval.", hours)
        if data.get("amount") is None:
            return self.env._("%s h of this period are not billed; their value is unknown.", hours)
        return self.env._(
            "%(hours)s h of this period are not billed: %(amount)s", hours=hours, amount=self._signed(-data["amount"])
        )
