import { Component, onMounted, onWillStart, onWillUnmount, onPatched, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { browser } from "@web/core/browser/browser";

/** A chart by the Chart.js that Odoo ships. `config` is called with the colours of the page, light or dark. */
export class FinopsChart extends Component {
    static template = "msp_analytics.FinopsChart";
    static props = { config: Function, label: String, height: { type: String, optional: true } };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        onMounted(() => this.draw());
        onPatched(() => this.draw());
        onWillUnmount(() => this.chart?.destroy());
    }

    /** Colours as the style sheets say them, so that dark mode needs nothing of its own. */
    colors() {
        const style = getComputedStyle(this.canvas.el);
        const get = (name, other) => style.getPropertyValue(name).trim() || other;
        return {
            text: this.ink(style.color),
            grid: get("--msp-finops-grid", "#8884"),
            main: get("--msp-finops-main", "#017e84"),
            soft: get("--msp-finops-soft", "#017e8433"),
            good: get("--msp-finops-good", "#28a745"),
            bad: get("--msp-finops-bad", "#dc3545"),
            ages: [1, 2, 3, 4, 5, 6].map((age) => get(`--msp-finops-age-${age}`, "#888")),
        };
    }

    /** The text's colour. A browser that darkens pages by itself leaves canvases alone: there a grey that both grounds bear. */
    ink(color) {
        const [red, green, blue] = (color.match(/[\d.]+/g) || []).map(Number);
        const isDark = 0.3 * red + 0.6 * green + 0.1 * blue < 128;
        return isDark && browser.matchMedia("(prefers-color-scheme: dark)").matches ? "#808080" : color;
    }

    draw() {
        this.chart?.destroy();
        const config = this.props.config(this.colors());
        config.options = {
            responsive: true,
            maintainAspectRatio: false,
            animation: false,
            ...config.options,
        };
        this.chart = new Chart(this.canvas.el, config);
    }
}
