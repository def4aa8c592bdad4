import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { formView } from "@web/views/form/form_view";

/**
 * Odoo saves a form when its tab is closed, reloaded or left for another one, also a new one in which nothing was
 * typed, as soon as its defaults are complete. A run or a month that somebody only looked at is not to be left behind.
 */
export class UntouchedFormController extends formView.Controller {
    setup() {
        super.setup();
        // What is typed into a field counts from the first letter, though the record learns of it on leaving the field.
        this.isTyping = false;
        useBus(this.model.bus, "FIELD_IS_DIRTY", (ev) => (this.isTyping = ev.detail));
    }

    get isUntouched() {
        const record = this.model.root;
        return record.isNew && !record.dirty && !this.isTyping;
    }

    beforeVisibilityChange() {
        return this.isUntouched ? undefined : super.beforeVisibilityChange();
    }

    async beforeUnload(ev) {
        if (!this.isUntouched) {
            await super.beforeUnload(ev);
        }
    }
}

registry.category("views").add("msp_untouched_form", { ...formView, Controller: UntouchedFormController });
