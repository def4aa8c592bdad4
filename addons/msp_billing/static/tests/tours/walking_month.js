import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";
import { screenshot } from "./screenshot";

/** A clean month in six clicks from the login: menu, new run, generate, approve clean, post and send, confirm. */
registry.category("web_tour.tours").add("msp_walking_month", {
    steps: () => [
        {
            content: "The login leads to MSP Finance",
            trigger: ".o_menu_brand:contains(MSP Finance)",
        },
        screenshot("month-1-home", ".o_action_manager > *"),
        {
            content: "1: Billing",
            trigger: ".o_menu_sections button:contains(Billing)",
            run: "click",
        },
        {
            content: "2: New billing run",
            trigger: ".o-dropdown--menu .dropdown-item:contains(New billing run)",
            run: "click",
        },
        {
            content: "The preview shows what would be billed: three clients",
            trigger: ".o_msp_billing_preview tbody tr:nth-child(3)",
        },
        {
            content: "and the total before tax, worked out by hand: 155.00 + 80.00 + 240.50",
            trigger: ".o_msp_billing_preview tfoot:contains(475.50)",
        },
        screenshot("month-2-preview"),
        {
            content: "3: Generate",
            trigger: "button[name=action_start]:contains(Generate)",
            run: "click",
        },
        {
            content: "Three drafts",
            trigger: ".o_field_widget[name=move_ids] .o_data_row:nth-child(3)",
        },
        screenshot("month-3-generated"),
        {
            content: "Who was not billed, and why",
            trigger: ".o_notebook .nav-link:contains(Not billed)",
        },
        {
            content: "4: Approve clean",
            trigger: "button[name=action_approve_clean]",
            run: "click",
        },
        {
            content: "All are approved",
            trigger: ".o_field_widget[name=move_ids] .o_data_row:nth-child(3) .badge:contains(Approved)",
        },
        screenshot("month-4-approved"),
        {
            content: "5: Post and send",
            trigger: "button[name=action_post_and_send]:contains(Post and send)",
            run: "click",
        },
        {
            content: "6: confirm",
            trigger: ".modal .btn-primary:contains(Post and send)",
            run: "click",
        },
        {
            content: "Done",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Done)",
            timeout: 60000,
        },
        {
            content: "and every invoice was sent",
            trigger: ".o_field_widget[name=move_ids] .o_data_row:nth-child(3) .badge:contains(Posted)",
        },
        screenshot("month-5-done"),
    ],
});

registry.category("web_tour.tours").add("msp_subscription_by_hand", {
    steps: () => [
        {
            content: "A new subscription",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Search the client",
            trigger: ".o_field_widget[name=partner_id] input",
            run: "edit Acme Dental",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Acme Dental)",
            run: "click",
        },
        {
            content: "It began on 1 January",
            trigger: ".o_field_widget[name=date_start] input, .o_field_widget[name=date_start] button",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=date_start] input",
            run: "edit 01/01/2026 && press Tab",
        },
        {
            content: "Add a line",
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=line_ids] .o_selected_row [name=product_id] input",
            run: "edit EDR",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(EDR per device)",
            run: "click",
        },
        {
            content: "Ten devices",
            trigger: ".o_field_widget[name=line_ids] .o_selected_row [name=quantity] input",
            run: "edit 10 && press Tab",
        },
        {
            content: "10 × 15.50",
            trigger: ".o_field_widget[name=line_ids] .o_data_row [name=recurring_monthly]:contains(155.00)",
        },
        ...stepUtils.saveForm(),
        screenshot("subscription-1-draft"),
        {
            content: "Activate",
            trigger: "button[name=action_activate]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Active)",
        },
        {
            content: "Its MRR is on the button",
            trigger: "button[name=action_view_lines]:contains(155.00)",
        },
        screenshot("subscription-2-active"),
        {
            content: "Change the quantity from today on",
            trigger: ".o_field_widget[name=line_ids] .o_data_row button[name=action_change]",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=quantity] input",
            run: "edit 12",
        },
        {
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit two new starters",
        },
        screenshot("subscription-3-change", ".modal"),
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "A successor goes on, the old line says so",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:nth-child(2)",
        },
        {
            content: "12 × 15.50",
            trigger: "button[name=action_view_lines]:contains(186.00)",
        },
        screenshot("subscription-4-changed"),
    ],
});
