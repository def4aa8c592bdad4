import { screenshot } from "@msp_billing/../tests/tours/screenshot";
import { registry } from "@web/core/registry";

/** The dashboard: what waits, a tile and the list behind it, another period, a client of the worst. */
registry.category("web_tour.tours").add("msp_finops_dashboard", {
    steps: () => [
        { content: "What waits", trigger: ".o_msp_todo[data-key=disputes]:contains(1)" },
        { content: "MRR", trigger: ".o_msp_tile[data-key=mrr] .o_msp_value:contains(186)" },
        { content: "Charts are drawn", trigger: ".o_msp_waterfall canvas" },
        screenshot("dashboard-1"),
        { content: "Open the receivables", trigger: ".o_msp_tile[data-key=ar] .o_msp_open", run: "click" },
        { content: "The list behind it", trigger: ".o_list_view .o_data_row:contains(Acme Dental)" },
        { content: "Back", trigger: ".o_back_button a, .breadcrumb-item:contains(Dashboard) a", run: "click" },
        { content: "Another period", trigger: ".o_msp_switches select[name=period]", run: "select last_month" },
        { content: "Is loaded", trigger: ".o_msp_finops [aria-busy=false], .o_msp_finops :not([aria-busy=true]) .o_msp_tiles" },
        { content: "A client's margin", trigger: ".o_msp_margins .o_msp_row:contains(Acme Dental)", run: "click" },
        { content: "The months behind it", trigger: ".o_list_view .o_data_row td[name=partner_id]", run: "click" },
        { content: "With the definitions", trigger: ".o_form_view li:contains(Effective hourly rate)" },
        screenshot("margin-definitions"),
        { content: "The price for the target", trigger: "button[name=action_price_for_margin]", run: "click" },
        { content: "What it must become", trigger: ".modal .o_field_widget[name=needed_revenue]" },
        screenshot("margin-target", ".modal"),
    ],
});

/** The reports centre: a question leads to its report; what was searched is remembered. */
registry.category("web_tour.tours").add("msp_finops_reports", {
    steps: () => [
        { content: "Groups", trigger: ".o_msp_reports h4:contains(Profitability)" },
        { content: "A question", trigger: ".o_msp_reports input[type=search]", run: "edit clients earn" },
        { content: "One report answers it", trigger: ".o_msp_report_cards:not(:has(.o_msp_report:eq(1))) .o_msp_report_open:contains(Margin by client)", run: "click" },
        { content: "It opens", trigger: ".o_list_view .o_group_header:contains(Acme Dental)" },
        { content: "The pivot", trigger: ".o_switch_view.o_pivot", run: "click" },
        { content: "shows it", trigger: ".o_pivot th:contains(Acme Dental)" },
        screenshot("margin-pivot"),
        { content: "Back", trigger: ".o_back_button a, .breadcrumb-item:contains(Reports) a", run: "click" },
        { content: "What was searched last", trigger: ".o_msp_report:contains(Margin by client) button:contains(Last 12 months)" },
        screenshot("reports-centre"),
    ],
});

/** Month close: new, saved, a point opened, closed. */
registry.category("web_tour.tours").add("msp_month_close", {
    steps: () => [
        { content: "New", trigger: ".o_list_button_add, .o_control_panel button:contains(New)", run: "click" },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        { content: "The points", trigger: ".o_field_widget[name=item_ids] .o_data_row:contains(Aging equals the ledger):contains(Right)" },
        { content: "An open one", trigger: ".o_field_widget[name=item_ids] .o_data_row:contains(uncosted):contains(Open)" },
        screenshot("month-close"),
        { content: "Its list", trigger: ".o_field_widget[name=item_ids] .o_data_row:contains(uncosted) button[name=action_open]", run: "click" },
        { content: "is there", trigger: ".o_list_view .o_data_row:contains(Acme Dental)" },
    ],
});
