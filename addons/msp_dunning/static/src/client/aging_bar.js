import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const PARTS = [
    ["overdue_1_30", _t("1–30 days"), "o_msp_age_1"],
    ["overdue_31_60", _t("31–60 days"), "o_msp_age_2"],
    ["overdue_61_90", _t("61–90 days"), "o_msp_age_3"],
    ["overdue_over_90", _t("over 90 days"), "o_msp_age_4"],
];

/** What is overdue by age as one bar of shares; its figures are in the title and for who cannot see it. */
export class AgingBar extends Component {
    static template = "msp_dunning.AgingBar";
    static props = { ...standardFieldProps };

    get parts() {
        const data = this.props.record.data;
        const currencyId = data.currency_id?.id;
        const whole = PARTS.reduce((sum, [name]) => sum + Math.max(0, data[name]), 0);
        return PARTS.filter(([name]) => data[name] > 0).map(([name, label, style]) => ({
            name,
            style,
            share: (100 * data[name]) / whole,
            text: `${label}: ${formatMonetary(data[name], { currencyId })}`,
        }));
    }

    get text() {
        return this.parts.map((part) => part.text).join("\n");
    }
}

registry.category("fields").add("msp_aging_bar", {
    component: AgingBar,
    supportedTypes: ["monetary"],
    fieldDependencies: [
        ...PARTS.map(([name]) => ({ name, type: "monetary", readonly: true })),
        { name: "currency_id", type: "many2one", readonly: true },
    ],
});
