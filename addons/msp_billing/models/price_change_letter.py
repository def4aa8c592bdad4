from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.misc import file_path

from ..engine.money import to_decimal
from ..report.invoice_pdf import Currency, formats
from ..report.price_letter import LetterFacts, NewPrice, price_texts, render_price_letter
from .price_dated import dated_prices


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
        followers = self._followed_prices(lines.filtered(lambda line: line.kind == "catalogue"))
        for line in lines:
            if line in followers:
                yield from followers[line]
                continue
            yield NewPrice(
                what=line._letter_description(),
                where=line.subscription_id.name or "",
                old=to_decimal(round(line.old_price, 6)),
                new=to_decimal(round(line.new_price, 6)),
                first_day=line.effective_date,
                currency=Currency(line.currency_id.name, line.currency_id.decimal_places),
                quantity=to_decimal(round(line.quantity, 6)) if line.kind == "line" else None,
            )

    def _followed_prices(self, lines):
        """What this client pays where it follows a catalogue price: with its discount, in its currency.

        :return: dict of lists of ``NewPrice`` by line of the change
        """
        change, result = self.change_id, {}
        if not lines:
            return result
        condition = SQL(
            "line.price_mode = 'catalog' AND sub.commercial_partner_id = %s AND template.id = ANY(%s)",
            self.partner_id.id,
            lines.product_tmpl_id.ids,
        )
        rows = [row for row in change._line_rows(condition) if change._counts(row)]
        products = {p.id: p for p in self.env["product.product"].browse({row.product_id for row in rows})}
        by_template = {line.product_tmpl_id: line for line in lines}
        # The resolver is asked for the change's day: its price is the old one until the change is applied.
        dated = dated_prices(self.env, lines.product_tmpl_id, change.effective_date)
        found = {}
        for row, answer in zip(rows, change._answers(rows), strict=True):
            template = products[row.product_id].product_tmpl_id
            line = by_template[template]
            if ("catalogue", template.id) not in change._source_keys(answer, template.id) or not answer.price:
                continue
            today = dated[template.id].price if template.id in dated else template.list_price
            now = to_decimal(round(answer.price, 8)) / to_decimal(round(today, 8))
            prices = tuple(
                round(now * to_decimal(round(p, 8)), 6).normalize() for p in (line.old_price, line.new_price)
            )
            found.setdefault(line, set()).add((row.product_id, row.currency_id, *prices))
        for line, keys in found.items():
            result[line] = [self._followed_price(line, *key) for key in sorted(keys)]
        return result

    def _followed_price(self, line, product_id, currency_id, old, new):
        currency = self.env["res.currency"].browse(currency_id)
        products = self.env["product.product"].with_context(lang=self._letter_lang(), display_default_code=False)
        return NewPrice(
            what=products.browse(product_id).display_name,
            where="",
            old=old,
            new=new,
            first_day=line.effective_date,
            currency=Currency(currency.name, currency.decimal_places),
            quantity=None,
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
