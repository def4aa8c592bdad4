import { registry } from "@web/core/registry";
import { screenshot } from "./screenshot";

/** A list on a phone: what matters stands there, the rest waits behind the column button. */
registry.category("web_tour.tours").add("msp_phone_columns", {
    steps: () => [
        { content: "The client", trigger: ".o_list_view th[data-name=partner_id]" },
        { content: "Text that holds figures has its heading on the right", trigger: "th[data-name=balance_text].o_list_number_th" },
        { content: "The address waits", trigger: ".o_list_view:not(:has(th[data-name=email_to]))" },
        screenshot("phone-1-columns"),
        { content: "Nothing is lost", trigger: ".o_optional_columns_dropdown button", run: "click" },
        { content: "Choose it", trigger: ".o-dropdown-item:contains(Address) input:not(:checked)", run: "click" },
        { content: "It is there", trigger: "th[data-name=email_to]" },
    ],
});

/** The settings of a finance manager: one is changed and saved. */
registry.category("web_tour.tours").add("msp_settings", {
    steps: () => [
        { content: "What it was", trigger: ".modal .o_field_widget[name=msp_backlog_limit] input", run: "edit 6" },
        { content: "Another addon's or area's", trigger: ".modal h2:contains(Pre-flight review)" },
        screenshot("phone-2-settings"),
        { content: "Save", trigger: ".modal button[name=action_save]", run: "click" },
        { content: "Done", trigger: "body:not(:has(.modal))" },
    ],
});
