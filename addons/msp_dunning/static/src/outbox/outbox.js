import { Component, markup, onWillStart, useState } from "@odoo/owl";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const { DateTime } = luxon;

/** What goes out on a day, to whom, and below it what does not and why. */
export class DunningOutbox extends Component {
    static template = "msp_dunning.Outbox";
    static components = { DateTimeInput, Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Outbox");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.state = useState({
            day: DateTime.local().startOf("day"),
            rows: [],
            unknown: 0,
            held: [],
            preview: null,
            loading: false,
            busy: false,
        });
        onWillStart(() => this.load());
    }

    get display() {
        return { controlPanel: {} };
    }

    get mails() {
        return this.state.rows.filter((row) => row.goes_out);
    }

    get silent() {
        return this.state.rows.filter((row) => !row.goes_out);
    }

    get isToday() {
        return this.state.day.hasSame(DateTime.local(), "day");
    }

    /** One total for each currency: they are never added. */
    get totals() {
        const sums = new Map();
        for (const row of this.mails) {
            sums.set(row.currency_id, (sums.get(row.currency_id) || 0) + row.amount);
        }
        return [...sums].map(([currency, amount]) => this.money(amount, currency));
    }

    money(amount, currencyId) {
        return formatMonetary(amount, { currencyId });
    }

    date(text) {
        return deserializeDate(text).toLocaleString(DateTime.DATE_MED);
    }

    async load() {
        this.state.loading = true;
        const day = serializeDate(this.state.day);
        const [rows, unknown, held] = await this.keepLast.add(
            Promise.all([
                this.orm.call("msp.dunning.policy", "outbox", [day]),
                this.orm.searchCount("msp.dunning.outbox", [["state", "=", "unknown"]]),
                this.orm.searchRead(
                    "msp.dunning.outbox",
                    [["state", "=", "held"]],
                    ["partner_id", "currency_id", "reason"]
                ),
            ])
        );
        Object.assign(this.state, { rows, unknown, held, preview: null, loading: false });
    }

    go(day) {
        if (day) {
            this.state.day = day.startOf("day");
            return this.load();
        }
    }

    move(days) {
        return this.go(this.state.day.plus({ days }));
    }

    today() {
        return this.go(DateTime.local());
    }

    async preview(row) {
        const key = `${row.company_id}-${row.partner_id}-${row.currency_id}`;
        if (this.state.preview?.key === key) {
            this.state.preview = null;
            return;
        }
        const mail = await this.orm.call("msp.dunning.policy", "preview_mail", [
            row.company_id,
            row.partner_id,
            row.currency_id,
            serializeDate(this.state.day),
        ]);
        // The server rendered and sanitised it.
        this.state.preview = { key, subject: mail.subject, body: markup(mail.body) };
    }

    isPreviewed(row) {
        return this.state.preview?.key === `${row.company_id}-${row.partner_id}-${row.currency_id}`;
    }

    async hold(row) {
        await this.orm.call("msp.dunning.outbox", "action_hold", [row.partner_id, row.currency_id], {
            context: { allowed_company_ids: [row.company_id] },
        });
        await this.load();
    }

    async release(held) {
        await this.orm.call("msp.dunning.outbox", "action_release", [[held.id]]);
        await this.load();
    }

    async send() {
        this.state.busy = true;
        try {
            const counts = await this.orm.call("msp.dunning.policy", "send_reminders", []);
            const parts = [
                [counts.sent, _t("sent")],
                [counts.failed, _t("refused")],
                [counts.unknown, _t("unknown")],
                [counts.later, _t("put off")],
                [counts.cancelled, _t("no longer right")],
            ]
                .filter(([count]) => count)
                .map(([count, text]) => `${count} ${text}`);
            this.notification.add(parts.join(", ") || _t("Nothing was due."), {
                type: counts.failed || counts.unknown ? "warning" : "success",
            });
        } finally {
            this.state.busy = false;
        }
        await this.load();
    }

    open(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openMoves(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: row.partner,
            res_model: "account.move",
            domain: [["id", "in", row.move_ids]],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    openUnknown() {
        return this.action.doAction("msp_dunning.msp_dunning_outbox_sent_action", {
            additionalContext: { search_default_by_day: 0, search_default_decide: 1 },
        });
    }
}

registry.category("actions").add("msp_dunning_outbox", DunningOutbox);
