from odoo import models

from ..report.invoice_pdf import Company, html_to_text


class ResCompany(models.Model):
    """The company's letterhead, the same on every letter to a client."""

    _inherit = "res.company"

    def _letterhead(self, foreign_vat=None):
        """Name, address, logo, colour and foot.

        :param foreign_vat: the company's tax number where the client's country wants another one
        :return: ``report.invoice_pdf.Company``
        """
        self.ensure_one()
        partner = self.partner_id
        contact = [value for value in (self.phone, self.email, self.website) if value]
        footer = html_to_text(self.report_footer)
        if self.is_company_details_empty:
            lines = [line.strip() for line in partner._display_address(without_company=True).split("\n")]
        else:
            lines = html_to_text(self.company_details).split("\n")
        vat = foreign_vat or self.vat
        told = "\n".join([*lines, footer])
        if vat and vat not in told:
            lines.append(f"{self._letter_vat_label()}: {vat}")
        lines += [value for value in contact if value not in told]
        city = " ".join(filter(None, (self.zip, self.city)))
        return Company(
            name=self.name,
            lines=tuple(line for line in lines if line and line != self.name),
            sender=" · ".join(filter(None, (self.name, self.street, city))) if self.street or city else "",
            tagline=html_to_text(self.report_header),
            logo=self.env["account.move"]._msp_pdf_binary(self.logo)
            if self.logo and not self.uses_default_logo
            else None,
            footer=footer or " · ".join(filter(None, (self.name, self.company_registry))),
            primary=self.primary_color or "",
        )

    def _letter_vat_label(self):
        return self.account_fiscal_country_id.vat_label or self.env._("Tax ID")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _letter_address(self):
        """Names, street and country, a line each."""
        self.ensure_one()
        names = dict.fromkeys([self.commercial_partner_id.name, self.name])
        lines = [name for name in names if name]
        # A mailbox for invoices often has no street of its own.
        place = self if self.street or self.city or self.zip else self.commercial_partner_id
        lines += [line.strip() for line in place._display_address(without_company=True).split("\n")]
        return tuple(line for line in lines if line)
