import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { serializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * What Generate would bill up to the run's date: asked from the server when the form opens
 * and whenever the date changes, so that nobody presses the button blind.
 */
export class BillingPreview extends Component {
    static template = "msp_billing.BillingPreview";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ loading: false, summary: null, error: "" });
        onWillStart(() => {
            // Not awaited: the form opens at once and the table fills in.
            this.load(this.question(this.props));
        });
        onWillUpdateProps((next) => {
            const question = this.question(next);
            if (JSON.stringify(question) !== this.asked) {
                this.load(question);
            }
        });
    }

    question({ record }) {
        const { date, company_id: company, state } = record.data;
        return { date: date ? serializeDate(date) : false, company: company ? company.id : false, state };
    }

    async load(question) {
        this.asked = JSON.stringify(question);
        if (!question.date || question.state !== "draft") {
            return;
        }
        this.state.loading = true;
        this.state.error = "";
        try {
            const context = question.company ? { allowed_company_ids: [question.company] } : {};
            this.state.summary = await this.keepLast.add(
                this.orm.silent.call("msp.billing.run", "preview_summary", [question.date], { context })
            );
        } catch (error) {
            this.state.summary = null;
            this.state.error = error.data?.message || error.message;
        }
        this.state.loading = false;
    }

    refresh() {
        return this.load(this.question(this.props));
    }

    money(amount, currencyId) {
        return formatMonetary(amount, { currencyId });
    }

    get more() {
        const { rows, invoice_count } = this.state.summary;
        return invoice_count > rows.length ? _t("and %s more, included in the totals", invoice_count - rows.length) : "";
    }

    get moreProblems() {
        const { problems, problem_count } = this.state.summary;
        return problem_count > problems.length ? _t("and %s more", problem_count - problems.length) : "";
    }

    openClient(row) {
        return this.action.doAction("msp_billing.msp_subscription_action", {
            additionalContext: { search_default_running: 1, search_default_partner_id: row.partner_id },
        });
    }

    openSubscription(problem) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "msp.subscription",
            res_id: problem.subscription_id,
            views: [[false, "form"]],
        });
    }
}

registry.category("view_widgets").add("msp_billing_preview", {
    component: BillingPreview,
    fieldDependencies: [
        { name: "date", type: "date" },
        { name: "company_id", type: "many2one" },
        { name: "state", type: "selection" },
    ],
});
