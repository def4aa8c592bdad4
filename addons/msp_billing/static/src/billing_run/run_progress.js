import { Component, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const SECONDS_BETWEEN_LOOKS = 2;

/** The progress of a run that is generating; it follows what workers do and reloads the form at the end. */
export class BillingRunProgress extends Component {
    static template = "msp_billing.BillingRunProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ progress: 0, text: "" });
        this.take(this.props.record);
        this.follow(this.props.record);
        onWillUpdateProps(({ record }) => {
            this.take(record);
            this.follow(record);
        });
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get isGenerating() {
        return this.props.record.data.state === "generating";
    }

    get isStopped() {
        return this.props.record.data.is_stopped;
    }

    take({ data }) {
        this.state.progress = data.progress;
        this.state.text = data.progress_text;
    }

    follow(record) {
        browser.clearTimeout(this.timer);
        if (record.resId && record.data.state === "generating" && !record.data.is_stopped) {
            this.timer = browser.setTimeout(() => this.look(record), SECONDS_BETWEEN_LOOKS * 1000);
        }
    }

    async look(record) {
        const fields = ["state", "is_stopped", "progress", "progress_text"];
        const [now] = await this.orm.silent.read(record.resModel, [record.resId], fields);
        if (!now || now.state !== "generating" || now.is_stopped) {
            await record.load();
            return;
        }
        this.state.progress = now.progress;
        this.state.text = now.progress_text;
        this.follow(record);
    }
}

registry.category("view_widgets").add("msp_billing_run_progress", {
    component: BillingRunProgress,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "is_stopped", type: "boolean" },
        { name: "progress", type: "float" },
        { name: "progress_text", type: "char" },
    ],
});
