from . import test_profitability
from . import test_mrr_movement
from . import test_kpi
