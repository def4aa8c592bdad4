import { Component } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** A client's prepaid hours at a glance; the figures are those of the partner's field retainer_summary. */
export class RetainerBalance extends Component {
    static template = "msp_retainer.RetainerBalance";
    static props = { ...standardWidgetProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get summary() {
        return this.props.record.data.retainer_summary;
    }

    hours(minutes) {
        return _t("%s h", formatFloat(minutes / 60, { digits: [16, 1] }));
    }

    day(text) {
        return formatDate(deserializeDate(text));
    }

    get isLow() {
        return this.summary.threshold > 0 && this.summary.available < this.summary.threshold;
    }

    get percent() {
        return Math.round(this.summary.share * 100);
    }

    get bars() {
        const highest = Math.max(...this.summary.weeks, 1);
        const last = this.summary.weeks.length - 1;
        return this.summary.weeks.map((minutes, index) => ({
            index,
            height: minutes ? Math.max(Math.round((minutes / highest) * 100), 4) : 0,
            title:
                index === last
                    ? _t("The last 7 days: %s", this.hours(minutes))
                    : _t("%(ago)s weeks ago: %(hours)s", { ago: last - index, hours: this.hours(minutes) }),
        }));
    }

    get values() {
        return this.summary.values
            .map(({ amount, currency }) => formatMonetary(amount, { currencyId: currency }))
            .join(" · ");
    }

    async call(method) {
        const { resModel, resId } = this.props.record;
        if (resId && (await this.props.record.save())) {
            await this.action.doAction(await this.orm.call(resModel, method, [[resId]]), {
                onClose: () => this.props.record.load(),
            });
        }
    }
}

registry.category("view_widgets").add("msp_retainer_balance", {
    component: RetainerBalance,
    fieldDependencies: [{ name: "retainer_summary", type: "json" }],
});
