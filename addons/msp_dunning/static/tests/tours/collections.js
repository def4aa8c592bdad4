import { screenshot } from "@msp_billing/../tests/tours/screenshot";
import { registry } from "@web/core/registry";

/** The outbox: what goes out, a look at the mail, one held back and released. */
registry.category("web_tour.tours").add("msp_dunning_outbox", {
    steps: () => [
        { content: "One mail goes out", trigger: ".o_msp_goes_out tbody tr:contains(Acme Dental):contains(100.00)" },
        { content: "and says why another does not", trigger: ".o_msp_silent tr:contains(Bright Law):contains(Disputed in full)" },
        { content: "Look at the mail", trigger: ".o_msp_preview", run: "click" },
        { content: "It is the mail", trigger: ".o_msp_mail:contains(View and pay)" },
        screenshot("outbox-1-preview"),
        { content: "Hold it", trigger: ".o_msp_hold", run: "click" },
        { content: "It is held", trigger: ".o_msp_held tr:contains(Acme Dental)" },
        screenshot("outbox-2-held"),
        { content: "Release it", trigger: ".o_msp_release", run: "click" },
        { content: "It goes out again", trigger: ".o_msp_goes_out tr:contains(Acme Dental)" },
        { content: "Tomorrow", trigger: ".o_msp_next_day", run: "click" },
        { content: "The day changed", trigger: ".o_msp_send:disabled" },
    ],
});

/** A dispute in three clicks from the invoice; the timeline and the ribbon show it. */
registry.category("web_tour.tours").add("msp_dunning_dispute", {
    steps: () => [
        { content: "Dispute", trigger: "button[name=action_dunning_dispute]", run: "click" },
        { content: "How much", trigger: ".modal .o_field_widget[name=amount] input", run: "edit 30" },
        { content: "Why", trigger: ".modal .o_field_widget[name=reason] input", run: "edit Two devices too many" },
        { content: "Confirm", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "The ribbon", trigger: ".ribbon:contains(Disputed)" },
        { content: "The timeline", trigger: ".nav-link[name=msp_collections]", run: "click" },
        { content: "has it", trigger: ".o_msp_timeline li:contains(Disputed):contains(Two devices too many)" },
        screenshot("invoice-disputed"),
    ],
});

/** Whom to call: the list, the form with the timeline, a call logged. */
registry.category("web_tour.tours").add("msp_dunning_call", {
    steps: () => [
        { content: "The client", trigger: ".o_data_row:contains(Acme Dental) td[name=partner_id]" },
        screenshot("call-1-list"),
        { content: "Open it", trigger: ".o_data_row:contains(Acme Dental) td[name=partner_id]", run: "click" },
        { content: "Log a call", trigger: ".o_statusbar_buttons button[name=action_log_call], .o_form_view button[name=action_log_call]", run: "click" },
        { content: "What was said", trigger: ".modal .o_field_widget[name=reason] input", run: "edit Pays on Friday" },
        { content: "Confirm", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "The timeline has it", trigger: ".o_msp_timeline li:contains(Pays on Friday)" },
        screenshot("call-2-form"),
    ],
});

/** The aging: by client, as of another day, down to the invoice. */
registry.category("web_tour.tours").add("msp_dunning_aging", {
    steps: () => [
        { content: "Grouped by client", trigger: ".o_group_header:contains(Acme Dental)", run: "click" },
        { content: "Its items", trigger: ".o_data_row:contains(INV)" },
        screenshot("aging-1-list"),
        { content: "As of another day", trigger: ".o_control_panel button:contains(As of a day), .o_list_view button:contains(As of a day)", run: "click" },
        { content: "Open it", trigger: ".modal button[name=action_open]", run: "click" },
        { content: "It is named", trigger: ".o_breadcrumb:contains(Aging as of), .o_last_breadcrumb_item:contains(Aging as of)" },
        { content: "The pivot", trigger: ".o_switch_view.o_pivot", run: "click" },
        { content: "shows the client", trigger: ".o_pivot th:contains(Acme Dental)" },
        screenshot("aging-2-pivot"),
        { content: "The graph", trigger: ".o_switch_view.o_graph", run: "click" },
        { content: "is there", trigger: ".o_graph_renderer canvas" },
        screenshot("aging-3-graph"),
    ],
});
