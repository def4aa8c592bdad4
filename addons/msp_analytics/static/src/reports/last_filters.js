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

function remember(model) {
    if (!model.resModel?.startsWith("msp.") && model.resModel !== "account.analytic.line") {
        return;
    }
    try {
        const labels = model.facets.flatMap((facet) => facet.values);
        const all = { ...lastFilters(), [model.resModel]: { labels, domain: model.domain, groupBy: model.groupBy } };
        browser.localStorage.setItem(STORED, JSON.stringify(all));
    } catch {
        // A full or forbidden storage must not stop a search.
    }
}

patch(SearchModel.prototype, {
    async load() {
        await super.load(...arguments);
        remember(this);
    },

    _notify() {
        super._notify(...arguments);
        remember(this);
    },
});
