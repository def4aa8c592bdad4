import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { DateTimeField, dateField } from "@web/views/fields/datetime/datetime_field";

/** A date that stands for its month: “Oct 2026”, where Odoo says “Oct 1”; the calendar offers months. */
export class MonthField extends DateTimeField {
    getFormattedValue(valueIndex) {
        return this.values[valueIndex]?.toFormat("LLL yyyy") || "";
    }
}

export const monthField = {
    ...dateField,
    component: MonthField,
    displayName: _t("Month"),
    listViewWidth: 75,
    extractProps: (info, dynamicInfo) => ({ ...dateField.extractProps(info, dynamicInfo), minPrecision: "months" }),
};

registry.category("fields").add("msp_month", monthField);
