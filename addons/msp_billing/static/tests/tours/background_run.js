import { registry } from "@web/core/registry";
import { screenshot } from "./screenshot";

/** Have the test do the work of a scheduled action: so many chunks of clients (see test_background_tour.py). */
const worker = (chunks, trigger) => ({
    content: `A scheduled action bills ${chunks} chunks`,
    trigger,
    run: () => console.log(`msp-worker: ${chunks}`),
});

/** A large run: started by the button, watched, stopped, continued, finished by workers in the background. */
registry.category("web_tour.tours").add("msp_background_run", {
    steps: () => [
        {
            content: "Generate",
            trigger: "button[name=action_start]:contains(Generate)",
            run: "click",
        },
        {
            content: "It is under way in the background, the form is free",
            trigger: ".o_msp_run_progress:contains(0 of 5 clients)",
        },
        worker(1, ".o_msp_run_progress:contains(0 of 5 clients)"),
        {
            content: "The bar moves by itself",
            trigger: ".o_msp_run_progress [role=progressbar][aria-valuenow='40']",
        },
        {
            content: "and says how long it takes",
            trigger: ".o_msp_run_progress:contains(2 of 5 clients, about)",
        },
        screenshot("background-1-working"),
        {
            content: "Stop",
            trigger: "button[name=action_stop]",
            run: "click",
        },
        {
            content: "It stands still",
            trigger: ".o_msp_run_progress:contains(2 of 5 clients, stopped)",
        },
        screenshot("background-2-stopped"),
        worker(9, "button[name=action_continue]"),
        {
            content: "A worker leaves a stopped run alone: continue",
            trigger: ".o_msp_run_progress:contains(2 of 5 clients, stopped)",
            run: () => new Promise((resolve) => setTimeout(resolve, 300)),
        },
        {
            trigger: "button[name=action_continue]",
            run: "click",
        },
        worker(9, "button[name=action_stop]"),
        {
            content: "Done: the form shows the drafts without a reload",
            trigger: ".o_field_widget[name=move_ids] .o_data_row:nth-child(5)",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Review)",
        },
        screenshot("background-3-finished"),
        {
            content: "A summary waits for who started it",
            trigger: ".o_notebook .nav-link:contains(Log)",
            run: "click",
        },
        {
            content: "five drafts of 155.00, with 15 % tax 178.25 each",
            trigger: ".o-mail-Activity:contains(5 drafts):contains(891.25):contains(0 problems)",
        },
        screenshot("background-4-activity"),
    ],
});
