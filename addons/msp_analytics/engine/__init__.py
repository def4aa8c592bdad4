"""Odoo-free rules of analytics: anomaly statistics, forecast, margin, KPI. Nothing in here reads a clock."""
