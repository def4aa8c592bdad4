import { screenshot } from "@msp_billing/../tests/tours/screenshot";
import { registry } from "@web/core/registry";

/** From the client: an empty balance, hours sold by an invoice, and the balance afterwards. */
registry.category("web_tour.tours").add("msp_retainer_sell", {
    steps: () => [
        { content: "Finance", trigger: ".nav-link[name=msp_finance]", run: "click" },
        { content: "Nothing yet", trigger: ".o_msp_hours_empty:contains(No prepaid hours)" },
        screenshot("hours-1-empty"),
        { content: "Sell", trigger: ".o_msp_sell_hours", run: "click" },
        { content: "A draft with the block", trigger: ".o_field_widget[name=invoice_line_ids] .o_data_row:contains(BLOCK10)" },
        { content: "for this client", trigger: ".o_field_widget[name=partner_id] input:value(Acme Dental)" },
        screenshot("hours-2-invoice"),
        { content: "Post it", trigger: "button[name=action_post]", run: "click" },
        { content: "It sold a block", trigger: "button[name=action_view_prepaid_blocks]:contains(1)" },
        { content: "Back to the client", trigger: ".o_back_button, .breadcrumb-item a:contains(Acme Dental)", run: "click" },
        { content: "Finance again", trigger: ".nav-link[name=msp_finance]", run: "click" },
        { content: "Ten hours", trigger: ".o_msp_hours_number:contains(10.0 h)" },
        screenshot("hours-3-sold"),
    ],
});

/** The balance with use, expiry and pace, then the dialog of the statement. */
registry.category("web_tour.tours").add("msp_retainer_balance", {
    steps: () => [
        { content: "Finance", trigger: ".nav-link[name=msp_finance]", run: "click" },
        { content: "What is left", trigger: ".o_msp_hours_number:contains(16.0 h)" },
        { content: "When it ends", trigger: ".o_msp_hours_outlook:contains(At this pace empty on)" },
        { content: "Eight bars", trigger: ".o_msp_hours_bars:has(.o_msp_hours_slot:nth-child(8))" },
        screenshot("hours-4-balance"),
        { content: "The statement", trigger: ".o_msp_hours_statement", run: "click" },
        { content: "asks for the period", trigger: ".modal button[name=action_pdf]" },
        screenshot("hours-5-statement", ".modal"),
        { content: "Not now", trigger: ".modal button:contains(Discard)", run: "click" },
        { content: "Closed", trigger: "body:not(:has(.modal))" },
    ],
});

/** A technician logs time on a task and sees the hours that are left. */
registry.category("web_tour.tours").add("msp_retainer_log_time", {
    steps: () => [
        { content: "The timesheets", trigger: ".nav-link[name=page_timesheets]", run: "click" },
        { content: "Ten hours are left", trigger: ".o_msp_task_hours:contains(Prepaid hours left):contains(10:00)" },
        { content: "A line", trigger: ".o_field_widget[name=timesheet_ids] .o_field_x2many_list_row_add a", run: "click" },
        { content: "What", trigger: ".o_selected_row .o_field_widget[name=name] input, .o_selected_row .o_field_widget[name=name] textarea", run: "edit Paper jam" },
        { content: "How long", trigger: ".o_selected_row .o_field_widget[name=unit_amount] input", run: "edit 2:30" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "Seven and a half are left", trigger: ".o_msp_task_hours:contains(7:30)" },
        screenshot("hours-6-task"),
    ],
});
