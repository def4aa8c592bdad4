import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";
import { ControlPanel } from "@web/search/control_panel/control_panel";

const { DateTime } = luxon;
const ACTIONS = {
    due: "msp_dunning.msp_ar_aging_action",
    invoice: "msp_dunning.msp_ar_aging_invoice_action",
};

/** The aging's control panel: as of which day, by which date, and the files of just that. */
export class AgingControlPanel extends ControlPanel {
    static template = "msp_dunning.AgingControlPanel";
    static components = { ...ControlPanel.components, DateTimeInput };

    setup() {
        super.setup();
        this.action = useService("action");
    }

    get asOf() {
        const day = this.env.searchModel.globalContext.as_of;
        return day ? deserializeDate(day) : DateTime.local().startOf("day");
    }

    get agingBy() {
        return this.env.searchModel.globalContext.aging_view === "invoice" ? "invoice" : "due";
    }

    /** The list, the pivot and the graph all ask with the search's context; switching between them keeps the day. */
    async setDay(day) {
        if (!day) {
            return;
        }
        const asOf = serializeDate(day);
        this.env.searchModel.globalContext.as_of = asOf;
        const controller = this.action.currentController;
        if (controller?.action?.context) {
            controller.action.context.as_of = asOf;
        }
        await this.env.searchModel._notify();
    }

    today() {
        return this.setDay(DateTime.local().startOf("day"));
    }

    setBy(by) {
        return this.action.doAction(ACTIONS[by], {
            additionalContext: { as_of: serializeDate(this.asOf) },
            stackPosition: "replaceCurrentAction",
            viewType: this.env.config.viewType,
        });
    }

    download(kind) {
        return this.action.doAction({
            type: "ir.actions.act_url",
            url: `/msp_dunning/aging.${kind}?as_of=${serializeDate(this.asOf)}`,
            target: "download",
        });
    }
}
