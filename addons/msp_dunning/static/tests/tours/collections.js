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

/** Whom to call: the list, the form with the open items, a call logged with a promise in it, the next client. */
registry.category("web_tour.tours").add("msp_dunning_call", {
    steps: () => [
        { content: "The client", trigger: ".o_data_row:contains(Acme Dental) .o_msp_aging_bar" },
        screenshot("call-1-list"),
        { content: "Open it", trigger: ".o_data_row:contains(Acme Dental) td[name=partner_id]", run: "click" },
        { content: "What is late is ticked", trigger: ".o_msp_ticked:contains(123.00)" },
        { content: "Not about that one", trigger: ".o_msp_items tbody tr:contains(23.00):not(:contains(100.00)) input", run: "click" },
        { content: "The rest", trigger: ".o_msp_ticked:contains(100.00)" },
        { content: "What was said", trigger: ".o_msp_note", run: "edit Pays on Friday" },
        { content: "How much", trigger: ".o_msp_promise_amount", run: "edit 60" },
        { content: "When", trigger: ".o_msp_call label:contains(Pays by) input", run: "edit 12/31/2099 && press Enter" },
        { content: "Save", trigger: ".o_msp_save_call", run: "click" },
        { content: "The timeline has the call", trigger: ".o_msp_timeline li:contains(Call):contains(Pays on Friday)" },
        { content: "and the promise", trigger: ".o_msp_timeline li:contains(Promise to pay):contains(60.00)" },
        screenshot("call-2-form"),
        { content: "The next client", trigger: ".o_pager_next", run: "click" },
        { content: "is there", trigger: ".o_form_view:contains(Bright Law) .o_msp_ticked:contains(55.00)" },
    ],
});

/** The timeline of an invoice: what went out, and a call in two clicks. */
registry.category("web_tour.tours").add("msp_dunning_timeline", {
    steps: () => [
        { content: "Collections", trigger: ".nav-link[name=msp_collections]", run: "click" },
        { content: "The reminder that went out", trigger: ".o_msp_timeline li:contains(Reminder):contains(ap@acme.example)" },
        { content: "with the mail as it went out", trigger: ".o_msp_timeline li a[href*='/odoo/reminders-sent/']" },
        { content: "What comes next", trigger: ".o_msp_timeline_next" },
        { content: "Log a call", trigger: "[name=msp_collections] button:contains(Log a call), .tab-pane.active button:contains(Log a call)", run: "click" },
        { content: "What was said", trigger: ".modal .o_field_widget[name=reason] input", run: "edit Will look into it" },
        { content: "Confirm", trigger: ".modal button[name=action_apply]", run: "click" },
        { content: "It is in the timeline, on top", trigger: ".o_msp_timeline li:first-child:contains(Will look into it)" },
        screenshot("invoice-timeline"),
    ],
});

/** The aging: by client, as of another day, by the date of the invoice, down to the invoice. */
registry.category("web_tour.tours").add("msp_dunning_aging", {
    steps: () => [
        { content: "Grouped by client", trigger: ".o_group_header:contains(Acme Dental)", run: "click" },
        { content: "Its items", trigger: ".o_data_row:contains(INV)" },
        screenshot("aging-1-list"),
        { content: "As of another day", trigger: ".o_msp_aging_day input", run: "edit 01/31/2099 && press Enter" },
        { content: "All is older", trigger: ".o_group_header:contains(Acme Dental) td[name=overdue_over_90]:contains(100.00), .o_group_header:contains(Acme Dental):contains(100.00)" },
        { content: "The pivot", trigger: ".o_switch_view.o_pivot", run: "click" },
        { content: "shows the client", trigger: ".o_pivot th:contains(Acme Dental)" },
        { content: "of the same day", trigger: ".o_msp_aging_day input:value(01/31/2099)" },
        screenshot("aging-2-pivot"),
        { content: "The graph", trigger: ".o_switch_view.o_graph", run: "click" },
        { content: "is there", trigger: ".o_graph_renderer canvas" },
        screenshot("aging-3-graph"),
        { content: "By the date of the invoice", trigger: ".o_msp_by_invoice", run: "click" },
        { content: "It is pressed", trigger: ".o_msp_by_invoice.active" },
        { content: "of the same day still", trigger: ".o_msp_aging_day input:value(01/31/2099)" },
        { content: "The list", trigger: ".o_switch_view.o_list", run: "click" },
        { content: "has other columns", trigger: "th[data-name=invoiced_over_90]" },
        screenshot("aging-4-invoice-date"),
    ],
});
