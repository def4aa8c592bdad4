from odoo import fields, models
from odoo.tools import consteq
from odoo.tools.misc import hmac

SCOPE = "msp_dunning-opened"
# Reminders of these may have arrived; an opened one has.
ARRIVED = ("sent", "unknown")


class MspDunningOutbox(models.Model):
    """That a reminder was opened, where the company wants to know and the mail program tells.

    A blank image in the mail, and the link to the invoice, carry a token signed for this one mail. Both are left out
    where somebody in the office gets a copy: nobody could tell who opened it.
    """

    _inherit = "msp.dunning.outbox"

    def _is_watched(self):
        self.ensure_one()
        return bool(self.company_id.dunning_note_opened and not self.email_cc)

    def _opened_token(self):
        self.ensure_one()
        # sudo: the database's secret; what is signed is a number
        return hmac(self.env(su=True), SCOPE, self.id)

    def _opened_by_token(self, token):
        """This row where the token is its own, else nothing."""
        row = self.exists()
        return row if row and isinstance(token, str) and consteq(token, row._opened_token()) else self.browse()

    def _watch_mail(self, mail):
        """Add the blank image to what goes out; the copy that is kept has none, so that reading it tells nothing."""
        self.ensure_one()
        if self._is_watched():
            url = f"{self.get_base_url()}/msp_dunning/opened/{self.id}/{self._opened_token()}.gif"
            mail.body_html = f'{mail.body_html}<img src="{url}" width="1" height="1" alt=""/>'

    def _watched_link(self, url):
        """A portal address that tells that it was followed."""
        self.ensure_one()
        if not url or not self.id or not self._is_watched():
            return url
        return f"{url}{'&' if '?' in url else '?'}reminder={self.id}&opened={self._opened_token()}"

    def _note_opened(self):
        """The client has it: once each, with the moment. What was not known to have arrived has."""
        for row in self.filtered(lambda row: row.state in ARRIVED and row.company_id.dunning_note_opened):
            if row.state == "unknown":
                row._set_state("sent", self.env._("Opened by the client, so it arrived"))
            row.event_ids.filtered(lambda event: event.kind == "reminder" and event.delivery_state == "sent").write(
                {"delivery_state": "opened", "date_opened": fields.Datetime.now()}
            )
