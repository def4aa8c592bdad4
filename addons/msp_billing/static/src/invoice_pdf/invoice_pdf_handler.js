import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { getReportUrl } from "@web/webclient/actions/reports/utils";

const INVOICE_REPORTS = ["account.report_invoice", "account.report_invoice_with_payments"];

/**
 * Without wkhtmltopdf the web client shows every report as HTML and does not even ask for the PDF.
 * Invoices are printed by ReportLab then: download them straight away, and leave all else to Odoo.
 */
async function downloadInvoiceLetters(action, options, env) {
    const ids = action.context?.active_ids || [];
    const isPlain = !action.data || JSON.stringify(action.data) === "{}";
    if (
        action.report_type !== "qweb-pdf" ||
        !INVOICE_REPORTS.includes(action.report_name) ||
        !isPlain ||
        !ids.length
    ) {
        return false;
    }
    env.services.ui.block();
    try {
        const args = [action.report_name, ids];
        if (!(await env.services.orm.call("ir.actions.report", "msp_prints_letters", args))) {
            return false;
        }
        await download({
            url: "/report/download",
            data: {
                data: JSON.stringify([getReportUrl(action, "pdf"), action.report_type]),
                context: JSON.stringify({ ...user.context, ...action.context }),
            },
        });
        return true;
    } finally {
        env.services.ui.unblock();
    }
}

registry
    .category("ir.actions.report handlers")
    .add("msp_invoice_letters", downloadInvoiceLetters);
