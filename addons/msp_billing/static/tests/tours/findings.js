import { registry } from "@web/core/registry";
import { screenshot } from "./screenshot";

const row = (text) => `.o_field_widget[name=finding_ids] .o_data_row:contains(${text})`;
const BLOCKED = "nobody knows a price";

const openDraft = [
    {
        content: "The draft in the review list, with its findings as chips",
        trigger: ".o_list_view .o_data_row:contains(Acme Dental) .o_tag:contains(no price)",
    },
    {
        content: "Open it",
        trigger: ".o_list_view .o_data_row:contains(Acme Dental) td[name=commercial_partner_id]",
        run: "click",
    },
];

const callExpected = (reason) => [
    {
        content: "Why it is expected",
        trigger: ".modal .o_field_widget[name=reason] textarea",
        run: `edit ${reason}`,
    },
    {
        content: "Say so",
        trigger: ".modal button[name=action_apply]",
        run: "click",
    },
];

/** A finance user sees what is unusual with its figures, mends it, calls one expected; what blocks is not theirs. */
registry.category("web_tour.tours").add("msp_findings_user", {
    steps: () => [
        {
            content: "The review list",
            trigger: ".o_list_view .o_data_row",
        },
        screenshot("findings-1-list"),
        ...openDraft,
        {
            content: "10 × 14.00 instead of 10 × 15.50, in one sentence",
            trigger: `${row("14.00, contract")}:contains(15.50):contains(15.00)`,
        },
        screenshot("findings-2-invoice"),
        {
            content: "Take the contract's terms",
            trigger: `${row("14.00, contract")} button[name=action_mend]:contains(Take contract terms)`,
            run: "click",
        },
        {
            content: "It is mended: the line has its price, the finding is gone",
            trigger: `.o_field_widget[name=invoice_line_ids] .o_data_row [name=price_unit]:contains(15.50)`,
        },
        {
            trigger: `.o_field_widget[name=finding_ids]:not(:contains(14.00, contract))`,
        },
        {
            content: "No e-mail: expected …",
            trigger: `${row("e-mail")} button[name=action_expected]`,
            run: "click",
        },
        {
            content: "until the end of the year",
            trigger: ".modal .o_field_widget[name=until] input, .modal .o_field_widget[name=until] button",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=until] input",
            run: "edit 12/31/2026 && press Tab",
        },
        screenshot("findings-3-expected", ".modal"),
        ...callExpected("they get it by post"),
        {
            content: "It stays visible, with who, why and until when",
            trigger: `${row("they get it by post")} button[name=action_reopen]`,
        },
        screenshot("findings-4-acknowledged"),
        {
            content: "What blocks the invoice is not a finance user's to release",
            trigger: `${row(BLOCKED)} button[name=action_expected]`,
            run: "click",
        },
        {
            trigger: ".modal .alert-warning:contains(Finance Manager)",
        },
        ...callExpected("free of charge, agreed with Anna"),
        {
            content: "So the server says",
            trigger: ".o_error_dialog:contains(Only a Finance Manager), .o_dialog:contains(Only a Finance Manager)",
        },
        screenshot("findings-5-refused", ".modal-body:contains(Only a Finance Manager)"),
    ],
});

/** A manager releases what blocks, by a typed reason, and approves. */
registry.category("web_tour.tours").add("msp_findings_manager", {
    steps: () => [
        ...openDraft,
        {
            content: "The blocking one",
            trigger: `${row(BLOCKED)} button[name=action_expected]`,
            run: "click",
        },
        ...callExpected("ok"),
        {
            content: "That is no reason",
            trigger: ".o_dialog:contains(10 characters) .modal-footer button:contains(Close), .o_dialog:contains(10 characters) .modal-footer .btn-primary",
            run: "click",
        },
        ...callExpected("free of charge, agreed with Anna"),
        {
            content: "Released",
            trigger: `${row("agreed with Anna")} button[name=action_reopen]`,
        },
        {
            content: "Approve",
            trigger: "button[name=action_approve]",
            run: "click",
        },
        {
            content: "Approved, with the name",
            trigger: "[name=msp_preflight]:contains(Approved by)",
        },
        screenshot("findings-6-approved"),
    ],
});
