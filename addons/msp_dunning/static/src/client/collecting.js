import { Component, markup, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { parseMonetary } from "@web/views/fields/parsers";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const { DateTime } = luxon;
const OUTCOMES = [
    ["reached", _t("Reached")],
    ["no_answer", _t("No answer")],
    ["message", _t("Left a message")],
    ["wrong", _t("Wrong number")],
    ["refused", _t("Refuses to pay")],
];

/** A client's open items to tick on the left; the call that is about them, and the timeline, on the right. */
export class Collecting extends Component {
    static template = "msp_dunning.Collecting";
    static components = { DateTimeInput };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.outcomes = OUTCOMES;
        this.keepLast = new KeepLast();
        this.state = useState({ items: [], busy: false, ...this.blank });
        onWillStart(() => this.load(this.props.record));
        // The pager leads to the next client in this very form.
        onWillUpdateProps(async (next) => {
            if (next.record.resId !== this.loadedId) {
                Object.assign(this.state, this.blank);
                await this.load(next.record);
            }
        });
    }

    get blank() {
        return { outcome: "reached", note: "", again: false, promised: false, amount: "" };
    }

    get currencyId() {
        return this.props.record.data.currency_id?.id;
    }

    get timeline() {
        // The server rendered it and escaped what people typed.
        const html = this.props.record.data.dunning_timeline;
        return html ? markup(String(html)) : "";
    }

    get chosen() {
        return this.state.items.filter((item) => item.chosen);
    }

    get chosenTotal() {
        return this.chosen.reduce((sum, item) => sum + item.residual, 0);
    }

    get allChosen() {
        return this.state.items.length > 0 && this.chosen.length === this.state.items.length;
    }

    money(amount) {
        return formatMonetary(amount, { currencyId: this.currencyId });
    }

    date(text) {
        return text ? deserializeDate(text).toLocaleString(DateTime.DATE_MED) : "";
    }

    async load(record) {
        this.loadedId = record.resId;
        const items = await this.keepLast.add(this.orm.call("msp.dunning.client", "open_items", [[record.resId]]));
        // What is late and not contested is what the call is about.
        this.state.items = items.map((item) => ({ ...item, chosen: item.days > 0 && !item.disputed }));
    }

    toggleAll() {
        const chosen = !this.allChosen;
        this.state.items.forEach((item) => (item.chosen = chosen));
    }

    open(item) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "account.move",
            res_id: item.id,
            views: [[false, "form"]],
        });
    }

    get promisedAmount() {
        if (!this.state.amount.trim()) {
            return 0;
        }
        try {
            return parseMonetary(this.state.amount);
        } catch {
            return null;
        }
    }

    async save() {
        const amount = this.promisedAmount;
        if (amount === null || amount < 0) {
            this.notification.add(_t("The promised amount is no number."), { type: "danger" });
            return;
        }
        if (this.state.promised && !this.chosen.length) {
            this.notification.add(_t("Tick the invoices that the promise is about."), { type: "danger" });
            return;
        }
        this.state.busy = true;
        try {
            await this.orm.call("msp.dunning.client", "log_call", [[this.props.record.resId]], {
                move_ids: this.chosen.map((item) => item.id),
                outcome: this.state.outcome,
                note: this.state.note,
                date_next: this.state.again ? serializeDate(this.state.again) : false,
                promise_date: this.state.promised ? serializeDate(this.state.promised) : false,
                promise_amount: amount,
            });
            Object.assign(this.state, this.blank);
            await this.props.record.load();
            await this.load(this.props.record);
            this.notification.add(_t("The call is noted."), { type: "success" });
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("view_widgets").add("msp_collecting", {
    component: Collecting,
    fieldDependencies: [
        { name: "dunning_timeline", type: "html", readonly: true },
        { name: "currency_id", type: "many2one", readonly: true },
    ],
});
