import { Component, onMounted, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { FinopsChart } from "./chart";

const { DateTime } = luxon;
const STORED = "msp_finops_dashboard";

/** The finance desk on one screen; see `msp.finops.dashboard` for what each figure is. */
export class FinopsDashboard extends Component {
    static template = "msp_analytics.FinopsDashboard";
    static components = { FinopsChart, Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Dashboard");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ data: null, loading: true, failed: false });
        this.options = this.remembered();
        onWillStart(() => {
            // Not awaited: the frame shows at once, the figures when they are there.
            this.load();
        });
        onMounted(() => this.env.config?.setDisplayName?.(_t("Dashboard")));
    }

    get display() {
        return { controlPanel: {} };
    }

    // ------------------------------------------------------------------ loading

    remembered() {
        try {
            return JSON.parse(browser.localStorage.getItem(STORED)) || {};
        } catch {
            return {};
        }
    }

    async load() {
        this.state.loading = true;
        this.state.failed = false;
        try {
            const data = await this.keepLast.add(this.orm.call("msp.finops.dashboard", "load", [this.options]));
            Object.assign(this.state, { data, loading: false });
        } catch (error) {
            Object.assign(this.state, { loading: false, failed: true });
            throw error;
        }
    }

    choose(name, value) {
        this.options = { ...this.options, [name]: value };
        // The company is the one that is chosen above; only how to look at it is kept.
        browser.localStorage.setItem(STORED, JSON.stringify({ period: this.options.period }));
        return this.load();
    }

    onPeriod(ev) {
        return this.choose("period", ev.target.value);
    }

    onCompany(ev) {
        return this.choose("company_id", Number(ev.target.value));
    }

    onCurrency(ev) {
        return this.choose("currency_id", Number(ev.target.value) || false);
    }

    // ------------------------------------------------------------------ showing

    get waiting() {
        return this.state.data.queue.filter((row) => row.count);
    }

    get isEmpty() {
        return this.state.data.first_steps.length > 0;
    }

    get hasForecast() {
        return this.state.data.forecast.expected.length > 0;
    }

    /** A figure as people read it; what is unknown is a dash, never 0. */
    figure(value, unit, currencyId, { short = false } = {}) {
        if (value === false || value === null || value === undefined) {
            return "–";
        }
        if (unit === "money") {
            const large = short || Math.abs(value) >= 10000;
            return formatMonetary(value, {
                currencyId: currencyId || this.state.data.currency_id,
                ...(large ? { digits: [16, 0] } : {}),
            });
        }
        const digits = [16, unit === "hours" ? 1 : Math.abs(value) < 100 ? 1 : 0];
        const text = formatFloat(value, { digits });
        return { percent: `${text} %`, days: `${text} ${_t("days")}`, hours: `${text} h` }[unit] || text;
    }

    month(text, format = "MMM yy") {
        return deserializeDate(text).toFormat(format);
    }

    get periodText() {
        const { date_from, date_to } = this.state.data;
        const [from, to] = [this.month(date_from), this.month(date_to)];
        return from === to ? from : `${from} – ${to}`;
    }

    get asOf() {
        return deserializeDate(this.state.data.as_of).toLocaleString(DateTime.DATE_MED);
    }

    share(row, rows) {
        const most = Math.max(...rows.map((other) => Math.abs(other.value)), 1);
        return `width: ${(100 * Math.abs(row.value)) / most}%`;
    }

    /** Where on the bar, from 0 to 100, a figure of a benchmark stands. */
    place(bar, value) {
        const known = [bar.low, bar.middle, bar.high, bar.value].filter((number) => number !== false);
        const least = Math.min(0, ...known);
        const most = Math.max(...known) * 1.15 || 1;
        return Math.min(100, Math.max(0, (100 * (value - least)) / (most - least)));
    }

    band(bar) {
        const low = bar.low === false ? (bar.direction === "down" ? 0 : bar.middle) : bar.low;
        const high = bar.high === false ? (bar.direction === "down" ? bar.middle : bar.low) : bar.high;
        const bounds = [low, high].filter((number) => number !== false);
        if (!bounds.length) {
            return "display: none";
        }
        const from = this.place(bar, Math.min(...bounds));
        const to = this.place(bar, Math.max(...bounds));
        return `left: ${from}%; width: ${Math.max(to - from, 1)}%`;
    }

    verdict(bar) {
        return { better: _t("better"), level: _t("usual"), worse: _t("worse"), unknown: _t("unknown") }[bar.verdict];
    }

    source(bar) {
        return `${bar.source} ${bar.year} (${bar.confidence})`;
    }

    // ------------------------------------------------------------------- charts

    sparkline(tile) {
        return (colors) => ({
            type: "line",
            data: {
                labels: tile.trend.map((point) => this.month(point.label)),
                datasets: [{ data: tile.trend.map((point) => point.value), borderColor: colors.main, backgroundColor: colors.soft, fill: true, pointRadius: 0, borderWidth: 2, tension: 0.2 }],
            },
            options: {
                plugins: { legend: { display: false }, tooltip: { displayColors: false } },
                scales: { x: { display: false }, y: { display: false, beginAtZero: true } },
            },
        });
    }

    get agingConfig() {
        const bars = this.state.data.aging;
        return (colors) => ({
            type: "bar",
            data: {
                labels: bars.map((bar) => bar.label),
                datasets: [{ data: bars.map((bar) => bar.value), backgroundColor: colors.ages }],
            },
            options: this.axes(colors, bars),
        });
    }

    get waterfallConfig() {
        let level = 0;
        const bars = this.state.data.waterfall.map((bar) => {
            const isLevel = ["start", "end"].includes(bar.key);
            const from = isLevel ? 0 : level;
            level = isLevel ? bar.value : level + bar.value;
            return { ...bar, range: [from, level], isLevel };
        });
        return (colors) => ({
            type: "bar",
            data: {
                labels: bars.map((bar) => bar.label),
                datasets: [
                    {
                        data: bars.map((bar) => bar.range),
                        backgroundColor: bars.map((bar) => (bar.isLevel ? colors.main : bar.value < 0 ? colors.bad : colors.good)),
                    },
                ],
            },
            options: this.axes(colors, bars, this.state.data.mrr_currency_id),
        });
    }

    axes(colors, bars, currencyId) {
        return {
            onClick: (_event, [hit]) => hit && this.open(bars[hit.index]),
            onHover: (event, hits) => (event.native.target.style.cursor = hits.length ? "pointer" : ""),
            plugins: {
                legend: { display: false },
                tooltip: { displayColors: false, callbacks: { label: (item) => this.figure(bars[item.dataIndex].value, "money", currencyId) } },
            },
            // Every bar has its name where there is room; on a phone the buttons below say them.
            scales: this.scales(colors, window.innerWidth < 1200),
        };
    }

    scales(colors, autoSkip = true) {
        return {
            x: { grid: { display: false }, ticks: { color: colors.text, maxRotation: 0, autoSkip, font: { size: 10 } } },
            y: {
                beginAtZero: true,
                grid: { color: colors.grid },
                ticks: { color: colors.text, maxTicksLimit: 5, callback: (value) => Intl.NumberFormat(undefined, { notation: "compact" }).format(value) },
            },
        };
    }

    get forecastConfig() {
        const { actual, expected } = this.state.data.forecast;
        // The running month is neither over nor forecast: it has its place on the axis, and the lines go across it.
        const today = this.state.data.as_of.slice(0, 8) + "01";
        const gap = expected.length && expected[0].month > today ? [today] : [];
        const months = [...actual.map((row) => row.month), ...gap, ...expected.map((row) => row.month)];
        const empty = actual.map(() => null);
        const last = actual.length ? actual[actual.length - 1].value : null;
        // The ranges begin at the last known month, so that the lines meet.
        const join = (name) => [...empty.slice(0, -1), last, ...gap.map(() => null), ...expected.map((row) => row[name])];
        return (colors) => ({
            type: "line",
            data: {
                labels: months.map((month) => this.month(month)),
                datasets: [
                    { label: _t("Actual"), data: actual.map((row) => row.value), borderColor: colors.main, backgroundColor: colors.main, pointRadius: 2 },
                    ...(expected.length
                        ? [
                              { label: _t("Expected"), data: join("expected"), borderColor: colors.main, borderDash: [6, 4], pointRadius: 0 },
                              { label: _t("High"), data: join("high"), borderColor: "transparent", pointRadius: 0, fill: "+1", backgroundColor: colors.soft },
                              { label: _t("Low"), data: join("low"), borderColor: "transparent", pointRadius: 0 },
                          ]
                        : []),
                ],
            },
            options: {
                spanGaps: true,
                onClick: () => this.open(this.hasForecast ? { action: this.state.data.forecast.forecast_action } : this.state.data.forecast),
                interaction: { mode: "index", intersect: false },
                plugins: {
                    legend: { display: false },
                    tooltip: {
                        filter: (item) => item.raw !== null,
                        callbacks: { label: (item) => `${item.dataset.label}: ${this.figure(item.raw, "money", this.state.data.mrr_currency_id, { short: true })}` },
                    },
                },
                scales: this.scales(colors),
            },
        });
    }

    // ------------------------------------------------------------------ opening

    open(row) {
        return row.action && this.action.doAction(row.action);
    }

    openPath(path) {
        return this.action.doAction(path);
    }

    openBenchmarks() {
        return this.action.doAction("msp_analytics.msp_kpi_benchmark_action");
    }
}

registry.category("actions").add("msp_finops_dashboard", FinopsDashboard);
