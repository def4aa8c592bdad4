import logging

from odoo import api, fields, models
from odoo.tools import SQL, format_date, formatLang

_logger = logging.getLogger(__name__)


class MspDunningOutbox(models.Model):
    """Claiming rows and writing their mails."""

    _inherit = "msp.dunning.outbox"

    email_from = fields.Char(compute="_compute_letter")
    email_cc = fields.Char(compute="_compute_letter")
    lang = fields.Char(compute="_compute_letter")
    table_html = fields.Html(compute="_compute_letter", sanitize=False, string="What is due")
    amount_text = fields.Char(compute="_compute_letter")
    invoice_names = fields.Char(compute="_compute_letter")
    portal_url = fields.Char(compute="_compute_letter", groups="base.group_user")
    greeting_name = fields.Char(compute="_compute_letter")

    @api.model
    def _claim(self, company, day, client_ids):
        """Make the rows, reminders and mails of these clients, as they should be now.

        Clients that another worker claims at this moment are left to it.

        :return: the rows made
        """
        mine = self._lock_clients(company, client_ids)
        facts, plan = self.env["msp.dunning.policy"]._dunning_decide(company, day, mine)
        if not plan.mails:
            return self
        moves = self.env["account.move"].browse({one.item.move_id for mail in plan.mails for one in mail.listed})
        names = {move.id: (move.name, move.invoice_date, move.amount_total) for move in moves}
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True)
        rows = quiet.create([self._row_values(company, day, mail, facts, names) for mail in plan.mails])
        rows = rows.with_context(self.env.context)
        self._write_reminders(rows, plan.mails)
        rows._give_links()
        self._write_skipped(rows, plan.mails)
        rows._write_mails()
        return rows

    def _lock_clients(self, company, client_ids):
        """Of these clients those that no other worker claims this moment; held to the end of the transaction."""
        rows = self.env.execute_query(
            SQL(
                "SELECT c FROM unnest(%s) AS c WHERE pg_try_advisory_xact_lock(hashtext(%s), c)",
                list(client_ids),
                f"msp_dunning {company.id}",
            )
        )
        return [row[0] for row in rows]

    def _row_values(self, company, day, mail, facts, names):
        contact, email = facts.addresses[mail.client_id][0]
        return {
            "company_id": company.id,
            "partner_id": mail.client_id,
            "currency_id": mail.currency_id,
            "date": day,
            "state": "ready",
            "move_id": mail.move_id,
            "step_id": mail.step.id,
            "contact_id": contact,
            "email_to": email,
            "amount": float(mail.amount),
            "credit": float(mail.credit),
            "detail": [
                {
                    "line_id": one.item.id,
                    "move_id": one.item.move_id,
                    "name": names[one.item.move_id][0],
                    "invoice_date": fields.Date.to_string(names[one.item.move_id][1]),
                    "date_due": fields.Date.to_string(one.item.date_due),
                    "days": (day - one.item.date_due).days,
                    "residual": float(one.item.residual),
                    "disputed": float(min(one.item.disputed, one.item.residual)),
                    "credit": float(one.credit),
                    "amount": float(one.amount),
                }
                for one in mail.listed
            ],
        }

    def _write_reminders(self, rows, mails):
        """The reminders of these rows in one statement, however many instalments there are.

        :raises psycopg2.errors.UniqueViolation: when an instalment was reminded at that step already
        """
        self.env.flush_all()
        now, uid = self.env.cr.now(), self.env.uid
        values = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, 'reminder', %s, 'pending', %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                row.company_id.id,
                row.partner_id.id,
                item.move_id,
                item.id,
                item.date_due,
                step.id,
                row.date,
                row.id,
                row.email_to,
                item.undisputed,
                row.currency_id.id,
                uid,
                uid,
                now,
                uid,
                now,
            )
            for row, mail in zip(rows, mails, strict=True)
            for item, step in mail.triggers
        ]
        if values:
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO msp_dunning_event (company_id, partner_id, move_id, due_line_id, date_due, step_id, kind,
                                                   date, delivery_state, outbox_id, email_to, amount, currency_id,
                                                   user_id, create_uid, create_date, write_uid, write_date)
                         VALUES %s RETURNING id
                    """,
                    SQL(", ").join(values),
                )
            )
        self.env["msp.dunning.event"].invalidate_model()
        rows.invalidate_recordset(["event_ids"])
        moves = self.env["account.move"].browse({item.move_id for mail in mails for item, _step in mail.triggers})
        moves.invalidate_recordset(["dunning_event_ids"])

    def _give_links(self):
        """A token for the invoice that the mail's button leads to; no amount depends on it."""
        moves = self.env["account.move"].browse({row.detail[0]["move_id"] for row in self if row.detail})
        moves.filtered(lambda move: not move.access_token).with_context(
            skip_invoice_sync=True, check_move_validity=False, skip_is_manually_modified=True, tracking_disable=True
        ).mapped(lambda move: move._portal_ensure_token())

    def _write_skipped(self, rows, mails):
        """Steps that were passed over, once each."""
        now, uid = self.env.cr.now(), self.env.uid
        values = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, 'skipped', %s, %s, %s, %s, %s, %s, %s)",
                row.company_id.id,
                row.partner_id.id,
                item.move_id,
                item.id,
                item.date_due,
                step.id,
                row.date,
                self.env._("A later step was due when reminders went out"),
                uid,
                uid,
                now,
                uid,
                now,
            )
            for row, mail in zip(rows, mails, strict=True)
            for item, step in mail.skipped
        ]
        if values:
            self.env.execute_query(
                SQL(
                    """
                    INSERT INTO msp_dunning_event (company_id, partner_id, move_id, due_line_id, date_due, step_id, kind,
                                                   date, reason, user_id, create_uid, create_date, write_uid, write_date)
                         VALUES %s ON CONFLICT DO NOTHING RETURNING id
                    """,
                    SQL(", ").join(values),
                )
            )

    # -------------------------------------------------------------------- mails

    def _write_mails(self):
        """Make the mails of these rows, out of reach of Odoo's own queue until their turn."""
        for template, rows in self.grouped(lambda row: row.step_id.mail_template_id).items():
            try:
                with self.env.cr.savepoint():
                    rows._write_mails_with(template)
            except Exception:
                _logger.exception("Reminders with template %s: one by one", template.id)
                rows._write_mails_one_by_one(template)

    def _write_mails_one_by_one(self, template):
        for row in self:
            try:
                with self.env.cr.savepoint():
                    row._write_mails_with(template)
            except Exception as error:
                _logger.exception("Reminder %s cannot be written", row.id)
                row._cancel(self.env._("The mail could not be written: %s", error))

    def _write_mails_with(self, template):
        mails = self.message_mail_with_source(
            template,
            force_send=False,
            auto_delete=True,
            auto_delete_keep_log=True,
            use_exclusion_list=False,
        )
        by_row = {mail.res_id: mail for mail in mails}
        mails.write({"state": "cancel"})
        for row in self:
            mail = by_row[row.id]
            row.write({"mail_mail_id": mail.id, "mail_message_id": mail.mail_message_id.id})
            row._watch_mail(mail)
        self._attach_invoices(by_row)
        self._link_reminders()

    def _link_reminders(self):
        """Show each reminder of these rows the mail that it went out with."""
        self.flush_recordset(["mail_message_id"])
        self.env.execute_query(
            SQL(
                """
                UPDATE msp_dunning_event e SET mail_message_id = o.mail_message_id
                  FROM msp_dunning_outbox o
                 WHERE o.id = e.outbox_id AND o.id = ANY(%s) AND e.kind = 'reminder' RETURNING e.id
                """,
                self.ids,
            )
        )
        self.env["msp.dunning.event"].invalidate_model(["mail_message_id"])

    def _attach_invoices(self, by_row):
        """Invoice PDFs by the policy's choice; one that cannot be made never keeps a reminder back."""
        moves = self.env["account.move"].browse({line["move_id"] for row in self for line in row.detail or []})
        existing = {move.id: move.invoice_pdf_report_id for move in moves}
        for row in self:
            choice = row.step_id.policy_id.attachments
            if choice == "statement":
                attachments = row._make_statement()
            elif choice == "none":
                continue
            else:
                attachments = row._invoice_pdfs(existing, choice == "all")
            if attachments:
                by_row[row.id].attachment_ids |= attachments

    def _invoice_pdfs(self, existing, make):
        """PDFs of the invoices listed; those that were never made are made when wished.

        :param existing: dict from invoice id to its PDF, empty where there is none
        """
        attachments = self.env["ir.attachment"]
        for move_id in dict.fromkeys(line["move_id"] for line in self.detail or []):
            made = self._make_pdf(self.env["account.move"].browse(move_id)) if make and not existing[move_id] else None
            attachments |= made or existing[move_id]
        return attachments

    def _make_statement(self):
        """The client's statement of the day; nothing when it cannot be made."""
        try:
            with self.env.cr.savepoint():
                return self._keep_pdf(
                    self.env._("Statement %s", self.date) + ".pdf",
                    self.partner_id._statement_pdf(self.company_id, self.date),
                )
        except Exception:
            _logger.warning("No statement for reminder %s", self.id, exc_info=True)
            return self.env["ir.attachment"]

    def _make_pdf(self, move):
        """A PDF of the invoice, by Odoo's own sending; nothing when it cannot be made."""
        try:
            with self.env.cr.savepoint():
                content, _kind = self.env["ir.actions.report"]._render_qweb_pdf("account.account_invoices", move.ids)
                return self._keep_pdf(move._get_invoice_report_filename(), content)
        except Exception:
            _logger.warning("No PDF of invoice %s for a reminder", move.id, exc_info=True)
            return self.env["ir.attachment"]

    def _keep_pdf(self, name, content):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    @api.depends("detail", "contact_id", "company_id")
    def _compute_letter(self):
        moves = self.env["account.move"].sudo().browse({line["move_id"] for row in self for line in row.detail or []})
        by_id = {move.id: move for move in moves}
        for row in self:
            lines = row.detail or []
            company = row.company_id
            row.lang = row.contact_id.lang or row.partner_id.lang or self.env.lang
            sender = company.dunning_email or company.email or company.partner_id.email
            row.email_from = f'"{company.name}" <{sender}>' if sender else self.env.user.email_formatted
            manager = row.partner_id.user_id
            row.email_cc = manager.email if row.step_id.is_escalation and manager.email else False
            row.amount_text = row._money(row.amount)
            names = [line["name"] for line in lines]
            row.invoice_names = ", ".join(names[:3]) + (self.env._(" and %s more", len(names) - 3) if names[3:] else "")
            row.greeting_name = row.contact_id.name or row.partner_id.name
            oldest = by_id.get(lines[0]["move_id"]) if lines else None
            row.portal_url = row._watched_link(oldest.get_base_url() + oldest.get_portal_url() if oldest else False)
            row.table_html = row._render_table(by_id)

    def _money(self, amount):
        lang_env = self.with_context(lang=self.lang).env
        return formatLang(lang_env, amount, currency_obj=self.currency_id)

    def _render_table(self, moves):
        """The table of what is due, narrow enough for a phone."""
        self.ensure_one()
        env, currency = self.with_context(lang=self.lang).env, self.currency_id
        return env["ir.qweb"]._render(
            "msp_dunning.reminder_table",
            {
                "row": self,
                "lines": self.detail or [],
                "money": lambda amount: formatLang(env, amount, currency_obj=currency),
                "day": lambda text: format_date(env, text, lang_code=self.lang),
                "has_disputed": any(line["disputed"] for line in self.detail or []),
                "has_credit": any(line["credit"] for line in self.detail or []),
            },
            raise_if_not_found=True,
        )
