# The order in which Odoo builds them: do not sort.
from . import res_company_analytics
from . import product_template
from . import cost_rate
from ..report import profit_model  # read models; report/ itself stays importable without Odoo
from ..report import client_profitability
from ..report import profitability_item
from ..report import profit_xlsx
