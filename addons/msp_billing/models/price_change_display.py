from dataclasses import replace
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models

from ..engine.money import to_decimal
from ..engine.price_change.figures import Row, histogram, totals


class MspPriceChange(models.Model):
    """What the screen shows of a change: where it stands, four figures, the spread, what to mind."""

    _inherit = "msp.price.change"

    stage = fields.Selection(
        [
            ("draft", "Draft"),
            ("simulated", "Simulated"),
            ("noticed", "Notice sent"),
            ("scheduled", "Scheduled"),
            ("applied", "Applied"),
            ("reverted", "Reverted"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_stage",
        string="Step",
    )
    rule_text = fields.Char(compute="_compute_rule_text", string="Rule")
    line_count = fields.Integer(compute="_compute_counts", string="Prices")
    included_count = fields.Integer(compute="_compute_counts", string="Prices that change")
    excluded_count = fields.Integer(compute="_compute_counts", string="Left out")
    deferred_count = fields.Integer(compute="_compute_counts", string="Later than asked")
    waiting_count = fields.Integer(string="Waiting count", compute="_compute_counts")
    reverted_count = fields.Integer(compute="_compute_counts")
    client_count = fields.Integer(compute="_compute_counts", string="Clients")
    mrr_text = fields.Char(
        compute="_compute_figures", string="MRR", help="Of all prices in scope, by currency; before tax."
    )
    impact_text = fields.Char(compute="_compute_figures", string="Change of MRR")
    margin_text = fields.Char(
        compute="_compute_figures", string="Margin", help="Of the prices whose cost is known, by currency."
    )
    uncosted_text = fields.Char(
        string="Uncosted text", compute="_compute_figures", help="How many prices have no known cost."
    )
    histogram_html = fields.Html(compute="_compute_histogram_html", sanitize=False, string="How much prices change")
    notice_sent_count = fields.Integer(compute="_compute_notices")
    notice_problem_count = fields.Integer(string="Notice problem count", compute="_compute_notices")
    notice_open_count = fields.Integer(compute="_compute_notices", string="Clients not told yet")
    notice_warning = fields.Char(string="Notice warning", compute="_compute_notice_warning")

    # ------------------------------------------------------------------- steps

    @api.depends("state", "notice_ids.state", "line_ids.included")
    def _compute_stage(self):
        for change in self:
            told = change.state == "simulated" and change.notice_sent_count and not change.notice_open_count
            change.stage = "noticed" if told else change.state

    @api.depends("line_ids.included", "line_ids.is_deferred", "line_ids.outcome")
    def _compute_counts(self):
        # While somebody edits the form the figures are those of what was saved.
        lines, saved = self.env["msp.price.change.line"], self._origin.ids
        groups = lines._read_group(
            [("change_id", "in", saved)], ["change_id", "included", "is_deferred", "outcome"], ["__count"]
        )
        clients = dict(
            lines._read_group(
                [("change_id", "in", saved), ("included", "=", True)], ["change_id"], ["partner_id:count_distinct"]
            )
        )
        for change in self:
            mine = [group[1:] for group in groups if group[0] == change._origin]
            change.line_count = sum(count for *_keys, count in mine)
            change.included_count = sum(count for included, _d, _o, count in mine if included)
            change.excluded_count = change.line_count - change.included_count
            change.deferred_count = sum(count for included, deferred, _o, count in mine if included and deferred)
            change.waiting_count = sum(count for *_keys, outcome, count in mine if outcome == "waiting")
            change.reverted_count = sum(count for *_keys, outcome, count in mine if outcome == "reverted")
            change.client_count = clients.get(change._origin, 0)

    @api.depends("method", "value", "currency_id", "rounding", "rounding_increment", "rounding_ending")
    def _compute_rule_text(self):
        """The rule in words: "+4 %, to prices that end in 0.99"."""
        words = dict(self._fields["rounding"]._description_selection(self.env))
        for change in self:
            sign = "+" if change.value > 0 else ""
            unit = "%" if change.method == "percent" else change.currency_id.name or ""
            text = f"{sign}{change.value:g} {unit}"
            detail = {"increment": f" {change.rounding_increment:g}", "ending": f" {change.rounding_ending:g}"}
            if change.rounding and change.rounding != "none":
                text += f", {words[change.rounding].lower()}{detail.get(change.rounding, '')}"
            change.rule_text = text

    # ----------------------------------------------------------------- figures

    @api.depends("line_ids.monthly_new", "line_ids.monthly_old", "line_ids.cost_monthly")
    def _compute_figures(self):
        for change in self:
            found = change._totals()
            texts = {"mrr": [], "impact": [], "margin": []}
            for currency, total in sorted(found.items(), key=lambda item: item[0].name):
                before, after = currency.format(float(total.before)), currency.format(float(total.after))
                texts["mrr"].append(f"{before} → {after}")
                sign = "+" if total.impact > 0 else ""
                texts["impact"].append(f"{sign}{currency.format(float(total.impact))}")
                if total.margin_before is not None and total.margin_after is not None:
                    margins = f"{100 * total.margin_before:.1f} % → {100 * total.margin_after:.1f} %"
                    texts["margin"].append(margins if len(found) == 1 else f"{currency.name} {margins}")
            uncosted = sum(total.uncosted for total in found.values())
            change.mrr_text = " · ".join(texts["mrr"]) or False
            change.impact_text = " · ".join(texts["impact"]) or False
            change.margin_text = " · ".join(texts["margin"]) or False
            change.uncosted_text = (
                self.env._("Without a known cost, not in it: %s prices", uncosted) if uncosted and found else False
            )

    def _totals(self):
        """Sums over the lines by currency record: ``engine.price_change.figures.Totals``."""
        groups = self.env["msp.price.change.line"]._read_group(
            [("change_id", "in", self._origin.ids), ("monthly_old", "!=", 0)],
            ["currency_id", "cost_known"],
            ["monthly_old:sum", "monthly_new:sum", "cost_monthly:sum", "__count"],
        )
        rows, unknown = [], {}
        for currency, known, before, after, cost, count in groups:
            rows.append(
                Row(
                    currency,
                    to_decimal(round(before, 6)),
                    to_decimal(round(after, 6)),
                    to_decimal(round(cost, 6)) if known else None,
                )
            )
            unknown[currency] = unknown.get(currency, 0) + (0 if known else count - 1)
        # A group without known cost stands for all its lines.
        return {key: replace(total, uncosted=total.uncosted + unknown[key]) for key, total in totals(rows).items()}

    @api.depends("line_ids.change_percent", "line_ids.included")
    def _compute_histogram_html(self):
        for change in self:
            percents = [
                to_decimal(round(percent, 6))
                for percent, count in self.env["msp.price.change.line"]._read_group(
                    [("change_id", "in", change._origin.ids), ("included", "=", True)], ["change_percent"], ["__count"]
                )
                for _n in range(count)
            ]
            buckets = histogram(percents)
            most = max((bucket.count for bucket in buckets), default=0)
            change.histogram_html = (
                self.env["ir.qweb"]._render(
                    "msp_billing.price_change_histogram",
                    {
                        "bars": [
                            {
                                "label": f"{float(bucket.low):g} – {float(bucket.high):g} %",
                                "count": bucket.count,
                                "width": round(100 * bucket.count / most),
                            }
                            for bucket in buckets
                        ],
                        "note": self.env._("%s prices; a class holds its lower end, not its upper one.", len(percents)),
                    },
                )
                if buckets
                else Markup("")
            )

    # ----------------------------------------------------------------- notices

    @api.depends("notice_ids.state", "line_ids.included", "notice_days")
    def _compute_notices(self):
        groups = self.env["msp.price.change.notice"]._read_group(
            [("change_id", "in", self._origin.ids)], ["change_id", "state"], ["__count"]
        )
        told = self.env["msp.price.change.notice"]._read_group(
            [("change_id", "in", self._origin.ids), ("state", "in", ("sent", "ready", "sending", "unknown"))],
            ["change_id"],
            ["partner_id:array_agg"],
        )
        told = {change: set(ids) for change, ids in told}
        wanted = {
            change: {client.id for client in change._origin._noticed_clients()} for change in self if change.notice_days
        }
        for change in self:
            counts = {state: count for of, state, count in groups if of == change._origin}
            change.notice_sent_count = counts.get("sent", 0)
            change.notice_problem_count = counts.get("failed", 0) + counts.get("unknown", 0)
            change.notice_open_count = len(wanted.get(change, set()) - told.get(change._origin, set()))

    @api.depends("notice_days", "effective_date", "state", "notice_ids.state", "line_ids.effective_date")
    def _compute_notice_warning(self):
        for change in self:
            change.notice_warning = change._notice_problem()

    def _notice_problem(self):
        """A sentence where the notice period is missed or would be; False where it is kept."""
        self.ensure_one()
        if not self.notice_days or self.state not in ("draft", "simulated", "scheduled", "applied"):
            return False
        notice = timedelta(days=self.notice_days)
        last, today = self.effective_date - notice, self._today()
        words = {
            "days": self.notice_days,
            "last": self._format_day(last),
            "first": self._format_day(today + notice),
            "count": self.notice_open_count,
        }
        late = self.notice_ids.filtered(
            lambda n: n.state == "sent" and n.first_day and n.sent_at.date() > n.first_day - notice
        )
        if late:
            return self.env._(
                "%(count)s letters went out less than %(days)s days before the client's first new price.",
                count=len(late),
                days=self.notice_days,
            )
        if self.state == "applied" and not self.notice_open_count:
            return False
        if today <= last:
            return False
        if self.state != "draft" and not self.notice_open_count:
            return False
        if self.state == "draft":
            return self.env._(
                "With %(days)s days' notice letters had to be out by %(last)s: new prices can begin on %(first)s.",
                **words,
            )
        return self.env._(
            "%(count)s clients are not told yet. With %(days)s days' notice letters had to be out by %(last)s: "
            "new prices can begin on %(first)s.",
            **words,
        )

    # ----------------------------------------------------------------- actions

    def action_view_lines(self):
        """The lines behind the figures, in a list of their own.

        :return: dict, a window action
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_price_change_line_action")
        return {**action, "domain": [("change_id", "=", self.id)], "context": self._line_context()}

    def action_view_clients(self):
        """What it comes to by client.

        :return: dict, a window action
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_price_change_client_action")
        # Amounts of several currencies stand apart.
        context = {"search_default_group_currency": 1} if len(self._totals()) > 1 else {}
        return {**action, "domain": [("change_id", "=", self.id)], "context": context}

    def action_view_notices(self):
        """The letters and what became of them.

        :return: dict, a window action
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("msp_billing.msp_price_change_notice_action")
        return {**action, "domain": [("change_id", "=", self.id)], "context": {}}

    def _line_context(self):
        if len(self._totals()) > 1:
            return {"search_default_group_currency": 1}
        return {"search_default_group_client": 1} if self.client_count > 1 else {}
