import logging

import psycopg2
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize, formatLang

_logger = logging.getLogger(__name__)


class MspStatement(models.Model):
    """A statement of account that was mailed to a client, or why it was not."""

    _name = "msp.statement"
    _description = "Statement of account"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "partner_id"
    _check_company_auto = True
    _mail_post_access = "read"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict")
    partner_id = fields.Many2one("res.partner", string="Client", required=True, index=True, ondelete="restrict")
    contact_id = fields.Many2one("res.partner", string="To", ondelete="restrict")
    email_to = fields.Char(string="Address")
    date_from = fields.Date(string="From", help="Empty: the open items of the day.")
    date_to = fields.Date(string="Day", required=True)
    state = fields.Selection(
        [("queued", "Mailed"), ("skipped", "Nothing to say"), ("failed", "Not mailed")], required=True, index=True
    )
    problem = fields.Char(string="Why not")
    balance_text = fields.Char(string="Balance", help="Each currency by itself.")
    delivery_state = fields.Selection(
        [("ready", "In the queue"), ("sent", "Sent"), ("failed", "Failed"), ("bounced", "Bounced")],
        string="Delivery",
        compute="_compute_delivery_state",
    )
    mail_message_id = fields.Many2one("mail.message", string="Mail", ondelete="set null", index="btree_not_null")
    attachment_id = fields.Many2one("ir.attachment", string="PDF", ondelete="set null")
    user_id = fields.Many2one("res.users", string="Sent by", default=lambda self: self.env.user, ondelete="restrict")
    lang = fields.Char(compute="_compute_letter")
    greeting_name = fields.Char(compute="_compute_letter")
    email_from = fields.Char(compute="_compute_letter")

    @api.depends("mail_message_id.notification_ids.notification_status")
    def _compute_delivery_state(self):
        names = {"sent": "sent", "bounce": "bounced", "exception": "failed", "canceled": "failed"}
        # sudo: the fate of a mail is of interest to whoever may see that it was sent
        for statement in self:
            found = set(statement.sudo().mail_message_id.notification_ids.mapped("notification_status"))
            status = next((name for name in ("bounce", "exception", "canceled", "sent") if name in found), None)
            statement.delivery_state = names.get(status, "ready" if statement.state == "queued" else False)

    @api.depends("contact_id", "company_id")
    def _compute_letter(self):
        for statement in self:
            company = statement.company_id
            statement.lang = statement.partner_id.lang or company.partner_id.lang or self.env.lang
            statement.greeting_name = statement.contact_id.name or statement.partner_id.name
            sender = company.email or company.partner_id.email
            statement.email_from = f'"{company.name}" <{sender}>' if sender else self.env.user.email_formatted

    def write(self, vals):
        if not self.env.su:
            raise AccessError(self.env._("What was mailed stays as it was written."))
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Statements are mailed from a client or the list of clients."))
        return super().create(vals_list)

    def action_open_pdf(self):
        """Show the statement as it was mailed."""
        self.ensure_one()
        self.check_access("read")
        if not self.attachment_id:
            raise UserError(self.env._("No statement was made: %s", self.problem or ""))
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.attachment_id.id}", "target": "new"}

    # ----------------------------------------------------------------- mailing

    @api.model
    def _mail(self, partners, company, date_to, date_from=None):
        """Queue a mail with the statement to each client; one that fails is named and stops nobody else's.

        :return: the records, one a client
        """
        partners = partners.commercial_partner_id
        partners._check_statement_rights()
        # sudo: records of what was mailed are written here alone; the right to read the figures was checked
        quiet = self.sudo().with_company(company)
        quiet = quiet.with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True)
        sections = partners._statement_sections(company, date_to, date_from)
        made = quiet.create(
            [
                quiet._mail_values(partner, company, date_to, date_from, sections.get(partner.id, ()))
                for partner in partners
            ]
        )
        ready = made.filtered(lambda statement: statement.state == "queued")
        ready._attach(company, date_to, date_from)
        ready.filtered("attachment_id")._write_mails()
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return made.with_env(self.env)

    def _mail_values(self, partner, company, date_to, date_from, sections):
        contact = partner._statement_contact()
        email = email_normalize(contact.email) or email_normalize(partner.email)
        state, problem = "queued", False
        if not sections:
            state, problem = "skipped", self.env._("Nothing is open, and nothing moved.")
        elif not email:
            state, problem = "failed", self.env._("%s has no e-mail address that can be used.", partner.display_name)
        return {
            "company_id": company.id,
            "partner_id": partner.id,
            "contact_id": (contact if email_normalize(contact.email) else partner).id,
            "email_to": email or False,
            "date_from": date_from,
            "date_to": date_to,
            "state": state,
            "problem": problem,
            "balance_text": self._balance_text(partner, sections),
            "user_id": self.env.uid,
        }

    def _balance_text(self, partner, sections):
        """The balance of each currency, as the client's language writes it."""
        env = self.with_context(lang=partner.lang or self.env.lang).env
        totals = [(s.currency_id, s.closing if hasattr(s, "closing") else s.total) for s in sections]
        return " · ".join(
            formatLang(env, float(total), currency_obj=env["res.currency"].browse(currency))
            for currency, total in totals
        )

    def _attach(self, company, date_to, date_from):
        """Make each client's PDF; who has none keeps the reason."""
        for statement in self:
            try:
                with self.env.cr.savepoint():
                    content = statement.partner_id._statement_pdf(company, date_to, date_from)
                    statement.attachment_id = self.env["ir.attachment"].create(
                        {
                            "name": self.env._("Statement %s", date_to) + ".pdf",
                            "raw": content,
                            "mimetype": "application/pdf",
                            "res_model": self._name,
                            "res_id": statement.id,
                        }
                    )
            except psycopg2.Error:
                raise  # the server tries the whole again
            except Exception as error:
                _logger.exception("No statement for client %s", statement.partner_id.id)
                statement._fail(error)

    def _write_mails(self):
        """Write the mails in one go; where one cannot be written, one by one."""
        template = self.env.ref("msp_billing.mail_template_statement")
        try:
            with self.env.cr.savepoint():
                self._write_mails_with(template)
        except psycopg2.Error:
            raise
        except Exception:
            _logger.exception("Statements: one by one")
            for statement in self:
                try:
                    with self.env.cr.savepoint():
                        statement._write_mails_with(template)
                except psycopg2.Error:
                    raise
                except Exception as error:
                    statement._fail(error)

    def _write_mails_with(self, template):
        if not self:
            return
        mails = self.message_mail_with_source(
            template, force_send=False, auto_delete=True, auto_delete_keep_log=True, use_exclusion_list=False
        )
        by_id = {mail.res_id: mail for mail in mails}
        for statement in self:
            mail = by_id[statement.id]
            mail.attachment_ids |= statement.attachment_id
            statement.mail_message_id = mail.mail_message_id

    def _fail(self, error):
        self.write({"state": "failed", "problem": f"{type(error).__name__}: {error}"[:500], "mail_message_id": False})
