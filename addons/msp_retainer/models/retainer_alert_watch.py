import logging

import psycopg2.errors
from odoo import api, models
from odoo.addons.msp_billing.models.own_transaction import in_own_transaction
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize

from ..engine.alerts import Balance, Lot, episodes, notice_due

_logger = logging.getLogger(__name__)
CHUNK = 10


class MspRetainerAlert(models.Model):
    """Looks at all balances and tells what is new. Driven by what is due, so that it may run at any time."""

    _inherit = "msp.retainer.alert"

    @api.model
    def _cron_watch(self):
        """Every quarter of an hour: balances that fell or recovered, hours that lapse, mails that wait."""
        for company in self.env["res.company"].search([]):
            self.with_company(company)._watch(company)

    @api.model
    def _watch(self, company):
        """Tell what is new in a company, then mail what is claimed.

        :return: dict of counts ``opened, closed, notices, sent``
        """
        today = company._retainer_today()
        balances, lots = self._watch_facts(company)
        opened, closed = episodes(balances.values(), today)
        notices = [(lot, client, days) for client, lot in lots if (days := notice_due(lot, today))]
        self._close(company, closed, today)
        new = [self._low_values(company, balances[client], today) for client in opened]
        new += [self._expiry_values(company, client, lot, days, today) for lot, client, days in notices]
        told = 0
        for start in range(0, len(new), CHUNK):
            told += self._safely(lambda chunk=new[start : start + CHUNK]: self._tell(chunk)) or 0
        sent = self._send_ready(company)
        return {"opened": len(opened), "closed": len(closed), "notices": len(notices), "told": told, "sent": sent}

    # -------------------------------------------------------------------- facts

    def _watch_facts(self, company):
        """Balances by client, and the (client, lot) that lapse; three queries for however many clients."""
        self.env.flush_all()
        today = company._retainer_today()
        rows = self.env.execute_query(_balances_query(company.id, today))
        clients = self.env["res.partner"].browse([row[0] for row in rows])
        thresholds = clients._retainer_thresholds(company)
        balances = {
            client: Balance(client, available, thresholds[client], active, last, is_open)
            for client, available, active, last, is_open in rows
        }
        lots = [
            (client, Lot(block, minutes, start, expiry, frozenset(noticed or ())))
            for client, block, minutes, start, expiry, noticed in self.env.execute_query(_lots_query(company.id, today))
        ]
        return balances, lots

    def _low_values(self, company, balance, today):
        return {
            "company_id": company.id,
            "partner_id": balance.client,
            "kind": "low",
            "date": today,
            "hours": balance.available / 60,
            "threshold_hours": balance.threshold / 60,
        }

    def _expiry_values(self, company, client, lot, days, today):
        return {
            "company_id": company.id,
            "partner_id": client,
            "kind": "expiry",
            "retainer_id": lot.block,
            "date_expiry": lot.date_expiry,
            "notice_days": days,
            "date": today,
            "hours": lot.minutes / 60,
            # A notice is no episode: nothing has to recover.
            "state": "closed",
        }

    # ------------------------------------------------------------------ effects

    def _close(self, company, clients, today):
        """These balances have recovered: the next drop is told again."""
        if clients:
            self._safely(
                lambda: self.search(
                    [
                        ("company_id", "=", company.id),
                        ("partner_id", "in", clients),
                        ("kind", "=", "low"),
                        ("state", "=", "open"),
                    ]
                ).write({"state": "closed", "date_closed": today})
            )

    def _tell(self, values_list):
        """Claim each alert, tell the account manager, make the top-up; what another worker told is left to it.

        :return: how many were told
        """
        told = 0
        for values in values_list:
            try:
                with self.env.cr.savepoint():
                    alert = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True).create(values)
                    alert._tell_one()
                told += 1
            except psycopg2.errors.UniqueViolation:
                _logger.info("alert of client %s was told by somebody else", values["partner_id"])
            except psycopg2.Error:
                raise  # the whole chunk is tried again
            except Exception:
                # One client's trouble stops nobody else's alert; it is tried again at the next look.
                _logger.exception("alert of client %s failed", values["partner_id"])
        return told

    def _tell_one(self):
        self.ensure_one()
        partner = self.partner_id.with_company(self.company_id)
        if self.kind == "low":
            self._top_up(partner)
        user = partner.user_id or self.company_id.retainer_user_id
        if user and user.active:
            self.user_id = user
            # The activity is the message: a mail about it to the colleague would be a second one.
            partner.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                self.date,
                summary=self._activity_summary(),
                note=self._activity_note() or False,
                user_id=user.id,
            )
        wish = partner.retainer_notify_client
        if wish == "yes" or (not wish and self.company_id.retainer_notify_client):
            self._claim_mail(partner)

    def _activity_summary(self):
        hours = f"{self.hours:.2f}"
        if self.kind == "low":
            return self.env._("Prepaid hours are low: %s h left", hours)
        return self.env._("%(hours)s prepaid hours expire on %(day)s", hours=hours, day=self.date_expiry)

    def _activity_note(self):
        if self.topup_move_id:
            return self.env._("A draft invoice that tops them up is waiting for review.")
        if self.topup_reason:
            return self.env._("No top-up was made: %s", self.topup_reason)
        return ""

    def _claim_mail(self, partner):
        contact = partner if email_normalize(partner.email) else partner._statement_contact()
        email = email_normalize(contact.email)
        if email:
            self.write({"mail_state": "ready", "contact_id": contact.id, "email_to": email})
        else:
            self.write({"mail_state": "failed", "mail_reason": self.env._("No e-mail address that can be used.")})

    # ------------------------------------------------------------------- top-up

    def _top_up(self, partner):
        """A draft invoice of the client's top-up block, once an episode: cancelled or deleted it does not come back."""
        product = partner.retainer_topup_product_id
        if not product:
            return
        try:
            with self.env.cr.savepoint():
                reason = self._why_no_top_up(partner, product)
                if reason:
                    raise UserError(reason)
                move = self._make_top_up(partner, product)
            self.write({"topup_state": "made", "topup_move_id": move.id})
        except UserError as error:
            self.write({"topup_state": "refused", "topup_reason": str(error)[:300]})

    def _why_no_top_up(self, partner, product):
        if not product.active or not product.is_hour_block:
            return self.env._("%s is no block of hours for sale.", product.display_name)
        waiting = self.env["account.move.line"].search(
            [
                ("parent_state", "=", "draft"),
                ("move_id.move_type", "=", "out_invoice"),
                ("move_id.commercial_partner_id", "=", partner.id),
                ("company_id", "=", self.company_id.id),
                ("product_id.is_hour_block", "=", True),
            ],
            limit=1,
        )
        if waiting:
            return self.env._("A draft invoice that sells hours is waiting already.")
        return ""

    def _make_top_up(self, partner, product):
        line = {"product_id": product.id, "quantity": partner.retainer_topup_quantity or 1}
        moves = self.env["account.move"].with_company(self.company_id).with_context(mail_create_nosubscribe=True)
        move = moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "company_id": self.company_id.id,
                "invoice_user_id": partner.user_id.id,
                "invoice_origin": self.env._("Top-up of prepaid hours"),
                "invoice_line_ids": [(0, 0, line)],
            }
        )
        if not move.amount_untaxed:
            raise UserError(self.env._("%s has no price for this client.", product.display_name))
        return move

    # -------------------------------------------------------------- transaction

    def _safely(self, call):
        """Run ``call`` in a transaction of its own; each counts as progress."""
        return in_own_transaction(self.env, call, handled=1)


def _balances_query(company, today):
    """Client, minutes available, whether a block is active, day of the last movement, whether an episode runs."""
    return SQL(
        """
        SELECT client.commercial_partner_id,
               COALESCE(SUM(block.balance_minutes) FILTER (WHERE block.state = 'active'
                   AND block.date_start <= %(today)s AND COALESCE(block.date_expiry, %(today)s) >= %(today)s), 0)::int,
               BOOL_OR(block.state = 'active'), MAX(last.date_booked),
               EXISTS (SELECT 1 FROM msp_retainer_alert alert
                        WHERE alert.partner_id = client.commercial_partner_id AND alert.company_id = %(company)s
                          AND alert.kind = 'low' AND alert.state = 'open')
          FROM msp_retainer block
          JOIN res_partner client ON client.id = block.partner_id
     LEFT JOIN LATERAL (SELECT date_booked FROM msp_retainer_entry
                         WHERE retainer_id = block.id ORDER BY id DESC LIMIT 1) last ON TRUE
         WHERE block.company_id = %(company)s AND block.state IN ('active', 'exhausted', 'expired')
      GROUP BY 1 ORDER BY 1
        """,
        company=company,
        today=today,
    )


def _lots_query(company, today):
    """Blocks with hours that lapse, and the notices given for their last day."""
    return SQL(
        """
        SELECT client.commercial_partner_id, block.id, block.balance_minutes, block.date_start, block.date_expiry,
               ARRAY(SELECT alert.notice_days FROM msp_retainer_alert alert
                      WHERE alert.retainer_id = block.id AND alert.kind = 'expiry'
                        AND alert.date_expiry = block.date_expiry)
          FROM msp_retainer block
          JOIN res_partner client ON client.id = block.partner_id
         WHERE block.company_id = %s AND block.state = 'active' AND block.balance_minutes > 0
           AND block.date_expiry BETWEEN %s AND %s::date + 30
      ORDER BY block.id
        """,
        company,
        today,
        today,
    )
