import { registry } from "@web/core/registry";
import { screenshot } from "./screenshot";

/** Raise prices: say by how much, simulate, leave one out, tell the clients, apply, look at what can be reverted. */
registry.category("web_tour.tours").add("msp_price_change", {
    steps: () => [
        {
            content: "The list says what to do first",
            trigger: ".o_view_nocontent_smiling_face:contains(Raise prices)",
        },
        screenshot("price-change-1-empty"),
        {
            content: "A new change",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Four percent",
            trigger: ".o_field_widget[name=value] input",
            run: "edit 4 && press Tab",
        },
        {
            content: "from 1 January of the year after next, long enough to tell everybody",
            trigger: ".o_field_widget[name=effective_date] input, .o_field_widget[name=effective_date] button",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=effective_date] input",
            run: `edit 01/01/${new Date().getFullYear() + 2} && press Tab`,
        },
        {
            content: "Simulate",
            trigger: "button[name=action_simulate]:contains(Simulate)",
            run: "click",
        },
        {
            content: "Three prices of two clients, one of them locked",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:nth-child(3)",
        },
        {
            content: "The locked one says so",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Locked until)",
        },
        {
            content: "The figures, worked out by hand: 155.00 + 40.00 + 80.00 a month, and 4 % more",
            trigger: ".o_msp_figures:contains(275.00):contains(286.00)",
        },
        screenshot("price-change-2-simulated"),
        {
            content: "Leave the backup out",
            trigger:
                ".o_field_widget[name=line_ids] .o_data_row:contains(BACKUP per device):contains(Acme) .o_field_boolean input",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It says who left it out; two prices are left",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Left out by)",
        },
        {
            trigger: ".o_msp_figures:contains(284.40)",
        },
        {
            content: "How much prices change",
            trigger: ".o_notebook .nav-link:contains(How much)",
            run: "click",
        },
        {
            trigger: ".o_msp_histogram:contains(4 – 4.5 %)",
        },
        screenshot("price-change-3-spread"),
        {
            content: "Tell the clients",
            trigger: "button[name=action_send_notices]",
            run: "click",
        },
        {
            trigger: ".modal .btn-primary:contains(Send)",
            run: "click",
        },
        {
            content: "Both letters are out: the next step is reached",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Notice sent)",
        },
        {
            trigger: ".o_notebook .nav-link:contains(Letters)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=notice_ids] .o_data_row:nth-child(2) .badge:contains(Sent)",
        },
        screenshot("price-change-4-letters"),
        {
            content: "Apply",
            trigger: "button[name=action_apply]",
            run: "click",
        },
        {
            trigger: ".modal .btn-primary:contains(Apply)",
            run: "click",
        },
        {
            content: "Applied",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Applied)",
        },
        {
            trigger: ".o_notebook .nav-link:contains(Prices)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=line_ids] .o_data_row .badge:contains(Applied)",
        },
        screenshot("price-change-5-applied"),
        {
            content: "What could be taken back",
            trigger: "button[name=action_revert_preview]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=possible_ids] .o_data_row:nth-child(2)",
        },
        screenshot("price-change-6-revert", ".modal"),
        {
            content: "Not today",
            trigger: ".modal .btn:contains(Close)",
            run: "click",
        },
        {
            content: "It is still applied",
            trigger: "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains(Applied)",
        },
    ],
});
