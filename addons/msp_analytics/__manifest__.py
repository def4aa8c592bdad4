{
    "name": "MSP Analytics",
    "summary": "Anomaly score, margin, effective hourly rate, forecast, benchmarks and dashboard for service providers",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "MSP Finance",
    "license": "LGPL-3",
    "depends": ["msp_billing", "msp_dunning"],
    "data": [
        "security/ir.model.access.csv",
        "security/rules.xml",
        "wizards/margin_target.xml",
        "views/cost_rate.xml",
        "views/profitability.xml",
        "views/menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["msp_analytics/static/src/**/*"],
        "web.assets_tests": ["msp_analytics/static/tests/tours/*.js"],
    },
}
