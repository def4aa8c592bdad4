from . import test_profitability
