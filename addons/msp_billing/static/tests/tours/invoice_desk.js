import { registry } from "@web/core/registry";
import { screenshot } from "./screenshot";

/** From the desk to a client's finances, and its statement mailed. */
registry.category("web_tour.tours").add("msp_invoice_desk", {
    steps: () => [
        { content: "What is not settled", trigger: ".o_facet_value:contains(Not settled)" },
        { content: "The late one, with a note of the client", trigger: ".o_data_row:contains(Acme Dental):contains(100.00) button .fa-user-circle-o, .o_data_row:contains(Acme Dental) button[name=action_open_client]" },
        screenshot("desk-1-list"),
        { content: "Open it", trigger: ".o_data_row:contains(Acme Dental) td[name=commercial_partner_id]", run: "click" },
        { content: "The note comes up", trigger: ".alert:contains(About this client):contains(Ask for the owner)" },
        { content: "What the client owes", trigger: "button[name=action_client_open_items]:contains(100.00)" },
        screenshot("desk-2-invoice"),
        { content: "Back", trigger: ".o_back_button, .breadcrumb-item a", run: "click" },
        { content: "The client", trigger: ".o_data_row:contains(Acme Dental) button[name=action_open_client]", run: "click" },
        { content: "Its finances", trigger: ".nav-link[name=msp_finance]", run: "click" },
        { content: "are there", trigger: ".o_field_widget[name=msp_overdue]:contains(100.00)" },
        screenshot("desk-3-client"),
        { content: "Its statement", trigger: ".tab-pane.active button[name=action_msp_statement]", run: "click" },
        { content: "of what is open", trigger: ".modal .o_field_widget[name=kind] input:checked" },
        { content: "by mail", trigger: ".modal button[name=action_mail]", run: "click" },
        { content: "yes", trigger: ".modal:contains(gets its statement by mail) button.btn-primary", run: "click" },
        { content: "It was mailed", trigger: ".o_data_row:contains(Acme Dental):contains(Mailed)" },
    ],
});
