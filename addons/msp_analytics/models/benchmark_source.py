import logging
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..providers import PROVIDERS, ProviderError

_logger = logging.getLogger(__name__)
MANAGER = "msp_billing.msp_billing_group_manager"
# Written by the fetch alone (RELIABILITY fact 6).
RESULTS = {"last_fetch", "last_result"}


class MspBenchmarkSource(models.Model):
    """An address from which benchmarks are fetched; the kinds are the classes in ``providers``."""

    _name = "msp.benchmark.source"
    _description = "Benchmark provider"
    _order = "name, id"

    name = fields.Char(required=True)
    provider = fields.Selection(selection="_selection_provider", required=True, default="http")
    url = fields.Char(string="Address", required=True)
    token = fields.Char(
        compute="_compute_token",
        inverse="_inverse_token",
        help="Is written, never shown. Empty keeps the one that is set.",
    )
    has_token = fields.Boolean(string="Has token", compute="_compute_token")
    # Not even a manager reads it back.
    token_secret = fields.Char(groups="base.group_system", copy=False)
    timeout = fields.Integer(string="Time-out (s)", default=10, required=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, required=True, index=True)
    last_fetch = fields.Datetime(string="Last fetch", readonly=True, copy=False)
    last_result = fields.Text(string="Last result", readonly=True, copy=False)

    _timeout_check = models.Constraint("CHECK(timeout BETWEEN 1 AND 60)", "Wait from 1 to 60 seconds.")

    @api.model
    def _selection_provider(self):
        return [(name, name.upper()) for name in PROVIDERS]

    @api.depends("token_secret")
    def _compute_token(self):
        for source in self:
            source.token = False
            source.has_token = bool(source.sudo().token_secret)

    def _inverse_token(self):
        for source in self:
            if source.token:
                source.sudo().token_secret = source.token

    @api.model_create_multi
    def create(self, vals_list):
        self._guard_results({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._guard_results(vals)
        self._guard_values(vals)
        if "url" in vals:
            # The token was given for one server: another one is not told.
            turned = self.filtered(lambda source: _server(source.url) != _server(vals["url"]))
            turned.sudo().write({"token_secret": False})
        return super().write(vals)

    def _guard_values(self, vals):
        """What the database would refuse is refused before it: its log shows the row, and the token with it.

        :raises ValidationError: on a value that a constraint forbids
        """
        if any(name in vals and not vals[name] for name in ("name", "provider", "url", "company_id")):
            raise ValidationError(self.env._("A provider needs its name, kind, address and company."))
        if "timeout" in vals and not 1 <= int(vals["timeout"] or 0) <= 60:
            raise ValidationError(self.env._("Wait from 1 to 60 seconds."))

    def _guard_results(self, names):
        if self.env.su:
            return
        if not RESULTS.isdisjoint(names) or not {f"default_{name}" for name in RESULTS}.isdisjoint(self.env.context):
            raise AccessError(self.env._("What came of a fetch is written by the fetch alone."))

    def action_fetch(self):
        """Fetch and take in the file; what came of it is kept on the record.

        :raises UserError: when nothing usable came
        """
        self.ensure_one()
        self.check_access("write")
        try:
            # The token is read to be sent, and goes nowhere else.
            secret = self.sudo().token_secret or ""
            content = PROVIDERS[self.provider](self.url, secret, timeout=self.timeout).fetch()
        except ProviderError as error:
            _logger.info("benchmark provider %s: %s", self.id, error)
            raise UserError(self.env._("%(name)s: %(problem)s", name=self.name, problem=error)) from None
        result = self.env["msp.kpi.benchmark"]._import_file(content, self.company_id)
        # The fetch itself is what it tells of; the right to write the source was checked.
        self.sudo().write({"last_fetch": fields.Datetime.now(), "last_result": _describe(self.env, result)})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": self.last_result, "type": "warning" if result["errors"] else "success"},
        }


def _server(url):
    """Scheme, server and port of an address; nothing where it is none."""
    try:
        return urlsplit(url or "")[:2]
    except ValueError:
        return ()


def _describe(env, result):
    """What came of an import, in words."""
    lines = [env._("%(created)s rows new, %(updated)s brought up to date.", **result)]
    lines += [
        env._("Row %(number)s: %(problem)s", number=number, problem=problem)
        for number, problem in result["errors"][:50]
    ]
    return "\n".join(lines)
