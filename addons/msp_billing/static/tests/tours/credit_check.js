import { registry } from "@web/core/registry";
import { screenshot } from "./screenshot";

/** Credit four units of an invoice: button, lines and quantities, credit. */
registry.category("web_tour.tours").add("msp_credit_note", {
    steps: () => [
        {
            content: "1: Credit note, from the invoice",
            trigger: "button[name=action_reverse]:contains(Credit Note)",
            run: "click",
        },
        {
            content: "Nothing was credited yet: all of it is left",
            trigger: ".modal .o_field_widget[name=credit_left]:contains(235.00)",
        },
        {
            content: "Four of ten devices",
            trigger: ".modal .o_field_widget[name=credit_line_ids] .o_data_row:first-child td[name=quantity]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=credit_line_ids] .o_selected_row td[name=quantity] input",
            run: "edit 4 && press Tab",
        },
        {
            content: "come to 4 × 15.50",
            trigger: ".modal .o_field_widget[name=credit_total]:contains(62.00)",
        },
        {
            content: "Typing into a line means lines and quantities",
            trigger: ".modal .o_field_widget[name=credit_mode] input[data-value=quantity]:checked",
        },
        {
            content: "2: why",
            trigger: ".modal .o_field_widget[name=credit_reason_code] .o_selection_badge:contains(Wrong quantity)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=credit_note_text] textarea",
            run: "edit Four laptops went back in September",
        },
        screenshot("credit-1-dialog", ".modal"),
        {
            content: "3: Credit",
            trigger: ".modal button[name=action_credit]",
            run: "click",
        },
        {
            content: "The credit note is posted",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Posted)",
        },
        {
            trigger: ".o_field_widget[name=name]:contains(RINV)",
        },
        screenshot("credit-2-note"),
        {
            content: "Back to the invoice",
            trigger: ".o_breadcrumb .breadcrumb-item:last-of-type a, .o_breadcrumb a:contains(INV)",
            run: "click",
        },
        {
            content: "which says what was credited",
            trigger: "button[name=action_view_credits]:contains(71.30)",
        },
        {
            trigger: ".o_notebook .nav-link:contains(Credits)",
            run: "click",
        },
        {
            content: "by whom and why",
            trigger: ".o_field_widget[name=credit_entry_ids] .o_data_row:contains(Wrong quantity)",
        },
        screenshot("credit-3-invoice"),
    ],
});

/** Record a check on two invoices chosen in the list, then return it. */
registry.category("web_tour.tours").add("msp_record_check", {
    steps: () => [
        {
            content: "1: Record check, from the invoice",
            trigger: "button[name=action_record_check]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=check_number] input",
            run: "edit 1001",
        },
        {
            trigger: ".modal .o_field_widget[name=check_bank] input",
            run: "edit First Bank",
        },
        {
            content: "More than is open",
            trigger: ".modal .o_field_widget[name=amount] input",
            run: "edit 300 && press Tab",
        },
        {
            content: "is kept as credit: 300.00 − 270.25",
            trigger: ".modal .o_field_widget[name=check_remainder]:contains(29.75)",
        },
        screenshot("check-1-dialog", ".modal"),
        {
            content: "2: Record",
            trigger: ".modal button[name=action_create_payments]",
            run: "click",
        },
        {
            content: "The invoice on the screen is paid",
            trigger: ".o_form_view .ribbon:contains(Paid), .o_form_view .o_widget_web_ribbon:contains(Paid)",
        },
        screenshot("check-2-paid"),
    ],
});

/** A slip with the checks that wait, then one of them comes back. */
registry.category("web_tour.tours").add("msp_deposit_and_return", {
    steps: () => [
        {
            content: "Two checks wait",
            trigger: ".o_list_view .o_group_header:contains(Received)",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:nth-of-type(2), .o_list_view .o_data_row + .o_data_row",
        },
        {
            content: "Choose both",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        screenshot("check-3-list"),
        {
            content: "Deposit slip",
            trigger: "button[name=action_make_deposit_slip]",
            run: "click",
        },
        {
            content: "Both are on it",
            trigger: ".o_field_widget[name=amount_total]:contains(270.25)",
        },
        {
            trigger: "button[name=action_deposit]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Deposited)",
        },
        screenshot("check-4-slip"),
        {
            content: "Back to the checks",
            trigger: ".o_breadcrumb a:contains(Checks)",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_group_header:contains(Deposited)",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row button[name=action_open_check_returned]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] input",
            run: "edit Refer to drawer",
        },
        screenshot("check-5-return", ".modal"),
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_group_header:contains(Returned)",
        },
    ],
});
