import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { screenshot } from "./screenshot";

/** From a run, and from what is selected in its review, to a workbook; the screens stay where they are. */
registry.category("web_tour.tours").add("msp_export_xlsx", {
    steps: () => [
        {
            content: "The run's two drafts",
            trigger: ".o_field_widget[name=move_ids] .o_data_row:nth-child(2)",
            run() {
                // The test's browser has one tab: what a second one would fetch is fetched here.
                browser.open = (url) => {
                    fetch(url);
                    return { closed: false };
                };
            },
        },
        screenshot("excel-1-run"),
        {
            content: "Export the run",
            trigger: "button[name=action_export_xlsx]",
            run: "click",
        },
        {
            content: "The form is still there: on to the review",
            trigger: ".o_form_view button[name=action_view_moves]:contains(Review)",
            run: "click",
        },
        {
            content: "Select all drafts",
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        {
            content: "by the box in the heading",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Export the selection",
            trigger: "button[name=action_preflight_export_xlsx]",
            run: "click",
        },
        {
            content: "The list is still there",
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        screenshot("excel-2-review"),
    ],
});
