import { Component, onMounted, onWillStart, onWillUnmount, onPatched, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";

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
            text: style.color,
            grid: get("--msp-finops-grid", "#8884"),
            main: get("--msp-finops-main", "#017e84"),
            soft: get("--msp-finops-soft", "#017e8433"),
            good: get("--msp-finops-good", "#28a745"),
            bad: get("--msp-finops-bad", "#dc3545"),
            ages: [1, 2, 3, 4, 5, 6].map((age) => get(`--msp-finops-age-${age}`, "#888")),
        };
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
