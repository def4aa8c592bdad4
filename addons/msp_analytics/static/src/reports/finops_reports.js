import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { lastFilters } from "./last_filters";

/** All reports with the question that each answers. */
export class FinopsReports extends Component {
    static template = "msp_analytics.FinopsReports";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Reports");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ groups: [], search: "" });
        this.last = lastFilters();
        onWillStart(async () => {
            this.state.groups = await this.orm.call("msp.finops.dashboard", "reports", []);
        });
    }

    get display() {
        return { controlPanel: {} };
    }

    get groups() {
        const words = this.state.search.trim().toLowerCase();
        return this.state.groups
            .map((group) => ({
                ...group,
                cards: group.cards.filter((card) => `${card.name} ${card.question}`.toLowerCase().includes(words)),
            }))
            .filter((group) => group.cards.length);
    }

    lastOf(card) {
        return (this.last[card.model]?.labels || []).join(", ");
    }

    open(card) {
        return this.action.doAction(card.xmlid);
    }

    /** As it was searched last: the groupings and the domain, without the report's own default filters. */
    async openLast(card) {
        const action = await this.action.loadAction(card.xmlid);
        const last = this.last[card.model];
        return this.action.doAction({
            ...action,
            domain: last.domain,
            context: { group_by: last.groupBy },
        });
    }
}

registry.category("actions").add("msp_finops_reports", FinopsReports);
