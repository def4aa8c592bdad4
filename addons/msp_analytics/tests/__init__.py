from . import test_profitability
from . import test_mrr_movement
from . import test_kpi
from . import test_anomaly_world
from . import test_finops_dashboard
from . import test_month_close
from . import test_finops_tours
from . import test_revenue_forecast
