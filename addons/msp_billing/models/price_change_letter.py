from odoo import fields, models
from odoo.tools.misc import file_path

from ..engine.money import to_decimal
from ..report.invoice_pdf import Currency, formats
from ..report.price_letter import LetterFacts, NewPrice, price_texts, render_price_letter


class MspPriceChangeNotice(models.Model):
    """The letter of one client: its facts, named one by one, in the client's language."""

    _inherit = "msp.price.change.notice"

    def _letter_pdf(self):
        """The letter as PDF bytes."""
        self.ensure_one()
        return render_price_letter(self._letter_facts(), (file_path("web/static/fonts/google"),))

    def _letter_facts(self):
        """All that the letter may say; what is not asked for here cannot be printed."""
        self.ensure_one()
        # sudo: who may tell the client may read the company's letterhead
        notice = self.sudo().with_company(self.company_id).with_context(lang=self._letter_lang())
        contact = notice.contact_id or notice.partner_id
        words = [part.strip() for part in (notice.change_id.letter_text or "").split("\n\n")]
        return LetterFacts(
            company=notice.company_id._letterhead(),
            client=contact._letter_address(),
            greeting=contact.name or notice.partner_id.name,
            number=notice.change_id.name,
            day=notice.sent_at.date() if notice.sent_at else notice.change_id._today(),
            prices=tuple(notice._letter_prices()),
            lang=notice._letter_lang(),
            words=tuple(part for part in words if part),
            signature=notice.company_id.name,
            labels=notice._letter_labels(),
        )

    table_html = fields.Html(compute="_compute_table_html", sanitize=False, string="The prices")

    def _compute_table_html(self):
        """The table of the mail, narrow enough for a phone; figures by Babel, as in the letter."""
        for notice in self:
            facts = notice._letter_facts()
            term = facts.labels
            rows = []
            for price in facts.prices:
                old, new = price_texts(price, facts.lang)
                since = term["From %(date)s"] % {"date": formats.day(price.first_day, facts.lang)}
                rows.append({"what": price.what, "from": since, "old": old, "new": new})
            label = {"service": term["Service"], "old": term["Until now"], "new": term["New price"]}
            notice.table_html = notice.env["ir.qweb"]._render(
                "msp_billing.price_change_table", {"rows": rows, "label": label}
            )

    def _letter_lang(self):
        contact = self.contact_id or self.partner_id
        return contact.lang or self.partner_id.lang or self.company_id.partner_id.lang or self.env.lang or "en_US"

    def _letter_prices(self):
        """The client's prices that change. Override to add some. Yields ``NewPrice``."""
        lines = self.change_id._noticed_lines(self.partner_id)
        for line in lines:
            yield NewPrice(
                what=line._letter_description(),
                where=line.subscription_id.name or "",
                old=to_decimal(round(line.old_price, 6)),
                new=to_decimal(round(line.new_price, 6)),
                first_day=line.effective_date,
                currency=Currency(line.currency_id.name, line.currency_id.decimal_places),
                quantity=to_decimal(round(line.quantity, 6)) if line.kind == "line" else None,
            )

    def _letter_labels(self):
        """The letter's own terms, by their English key."""
        _ = self.env._
        return {
            "Dear %(name)s,": _("Dear %(name)s,"),
            "From %(date)s the prices below hold for the services you have with us.": _(
                "From %(date)s the prices below hold for the services you have with us."
            ),
            "The prices below change for the services you have with us, each from the day it says.": _(
                "The prices below change for the services you have with us, each from the day it says."
            ),
            "New prices from %(date)s": _("New prices from %(date)s"),
            "From %(date)s": _("From %(date)s"),
            "Date": _("Date"),
            "Our reference": _("Our reference"),
            "Service": _("Service"),
            "Quantity": _("Quantity"),
            "Until now": _("Until now"),
            "New price": _("New price"),
            "Prices are for one unit and billing period, before tax. Everything else of your agreement stays.": _(
                "Prices are for one unit and billing period, before tax. Everything else of your agreement stays."
            ),
            "If you have a question, simply answer the mail that brought this letter.": _(
                "If you have a question, simply answer the mail that brought this letter."
            ),
            "Kind regards": _("Kind regards"),
            "Page %(page)s of %(pages)s": _("Page %(page)s of %(pages)s"),
        }


class MspPriceChangeLine(models.Model):
    _inherit = "msp.price.change.line"

    def _letter_description(self):
        """What the client calls it, in the language of the context."""
        if self.kind == "line":
            return self.subscription_line_id.name
        override = self.override_id
        record = self.product_tmpl_id or override.product_id or override.product_tmpl_id or override.categ_id
        return record.name or self.description
