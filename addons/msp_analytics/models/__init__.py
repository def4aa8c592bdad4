# The order in which Odoo builds them: do not sort.
from . import res_company_analytics
from . import product_template
from . import cost_rate
from ..report import profit_month
from ..report import profit_model  # read models; report/ itself stays importable without Odoo
from ..report import client_profitability
from ..report import profitability_item
from ..report import profit_xlsx
from ..report import mrr_movement
from . import kpi_benchmark
from . import kpi
from . import benchmark_source
from . import preflight_anomaly_lesson
from . import preflight_anomaly
from . import preflight_anomaly_sentences
from . import preflight_anomaly_missing
from . import finops_dashboard
from . import finops_queue
from . import finops_figures
from . import finops_charts
from . import finops_reports
from . import finops_digest
from . import month_close
from . import month_close_points
from . import revenue_forecast
from . import res_partner_margin
