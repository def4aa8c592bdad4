from odoo import api, models

# group, its cards: action, icon, what question it answers. Actions of addons that are not there are left out.
REPORTS = (
    ("Billing", (
        ("msp_billing.msp_billing_run_action", "fa-play-circle-o", "What has each run billed, and what not?"),
        ("msp_billing.msp_billing_charge_action", "fa-book", "Which days of which line are billed, for how much?"),
        ("msp_billing.msp_subscription_line_report_action", "fa-refresh", "What does each product and client bring in a month?"),
        ("msp_analytics.msp_mrr_movement_action", "fa-exchange", "Who came, grew, shrank or left?"),
        ("msp_billing.msp_unbilled_time_action", "fa-clock-o", "Which logged hours are not billed yet, and why?"),
        ("msp_billing.msp_count_status_action", "fa-desktop", "Do counted devices and users match what is billed?"),
        ("msp_billing.msp_billing_problem_action", "fa-exclamation-triangle", "What could not be billed?"),
        ("msp_billing.msp_price_change_action", "fa-level-up", "Which price increases are under way, and what do they bring?"),
    )),
    ("Receivables", (
        ("msp_dunning.msp_ar_aging_action", "fa-hourglass-half", "Who owes how much, for how long?"),
        ("msp_dunning.msp_ar_aging_day_action", "fa-calendar", "What was open on a day in the past?"),
        ("msp_dunning.msp_dunning_client_action", "fa-phone", "Whom to call first?"),
        ("msp_dunning.msp_dunning_dispute_action", "fa-gavel", "What do clients contest?"),
        ("msp_dunning.msp_dunning_outbox_sent_action", "fa-envelope-o", "Which reminders went out, and did they arrive?"),
    )),
    ("Prepaid hours", (
        ("msp_retainer.msp_retainer_action", "fa-hourglass", "Which blocks of hours are left, and until when?"),
        ("msp_retainer.msp_retainer_entry_action", "fa-list", "What happened to each prepaid hour?"),
        ("msp_retainer.msp_retainer_alert_action", "fa-bell-o", "Who was told that hours run out?"),
        ("msp_retainer.msp_retainer_statement_action", "fa-file-text-o", "What did a client buy, use and have left, day by day?"),
        ("msp_retainer.msp_retainer_rollforward_action", "fa-random", "How did all prepaid hours and their money get from opening to closing?"),
        ("msp_retainer.msp_retainer_deferral_action", "fa-bank", "What do sold but unworked hours come to?"),
        ("msp_retainer.msp_retainer_check_action", "fa-check", "Do balances and entries agree?"),
    )),
    ("Profitability", (
        ("msp_analytics.msp_client_profitability_action", "fa-users", "Which clients earn any?"),
        ("msp_analytics.msp_profitability_item_action", "fa-cubes", "Which subscriptions and products earn any?"),
        ("msp_analytics.msp_kpi_action", "fa-tachometer", "How do we stand beside our peers?"),
        ("msp_analytics.msp_kpi_benchmark_action", "fa-bar-chart", "What do others report, and who says so?"),
        ("msp_analytics.msp_month_close_action", "fa-check-square-o", "Is the month complete and right?"),
    )),
    ("Forecast", (
        ("msp_analytics.msp_revenue_forecast_action", "fa-line-chart", "What will the next months bring?"),
        ("msp_analytics.msp_revenue_forecast_snapshot_action", "fa-history", "How good were the forecasts?"),
        ("msp_analytics.msp_cash_forecast_action", "fa-money", "When will the money come in?"),
    )),
)  # fmt: skip


class MspFinopsDashboard(models.AbstractModel):
    """The reports centre: all reports with a line each."""

    _inherit = "msp.finops.dashboard"

    @api.model
    @api.readonly
    def reports(self):
        """Groups of cards for the reports that are installed and that the user may open.

        :return: list of ``{"name", "cards": [{"xmlid", "name", "question", "icon", "model"}]}``
        """
        groups = []
        for name, rows in self._report_groups():
            cards = [card for xmlid, icon, question in rows if (card := self._report_card(xmlid, icon, question))]
            if cards:
                groups.append({"name": name, "cards": cards})
        return groups

    def _report_groups(self):
        """Override to add reports. Returns pairs of a name and (action, icon, question)."""
        return REPORTS

    def _report_card(self, xmlid, icon, question):
        action = self.env.ref(xmlid, raise_if_not_found=False)
        if not action:
            return None
        # What the action is called and which model it shows is no secret; whether the user may read it is asked.
        action = action.sudo()
        model = "res_model" in action and action.res_model
        if model and not (model in self.env and self.env[model].has_access("read")):
            return None
        if action.group_ids and not (action.group_ids & self.env.user.all_group_ids):
            return None
        return {"xmlid": xmlid, "name": action.name, "question": question, "icon": icon, "model": model or ""}
