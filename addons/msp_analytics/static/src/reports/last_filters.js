import { browser } from "@web/core/browser/browser";
import { patch } from "@web/core/utils/patch";
import { SearchModel } from "@web/search/search_model";

const STORED = "msp_finops_last_filters";

/** What was searched last in each report, by model: labels to show, and how to open it so again. */
export function lastFilters() {
    try {
        return JSON.parse(browser.localStorage.getItem(STORED)) || {};
    } catch {
        return {};
    }
}

patch(SearchModel.prototype, {
    _notify() {
        super._notify(...arguments);
        if (!this.resModel?.startsWith("msp.") && this.resModel !== "account.analytic.line") {
            return;
        }
        try {
            const labels = this.facets.flatMap((facet) => facet.values);
            const all = { ...lastFilters(), [this.resModel]: { labels, domain: this.domain, groupBy: this.groupBy } };
            browser.localStorage.setItem(STORED, JSON.stringify(all));
        } catch {
            // A full or forbidden storage must not stop a search.
        }
    },
});
