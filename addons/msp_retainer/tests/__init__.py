from . import test_retainer_sell
from . import test_retainer_draw
from . import test_retainer_ledger
from . import test_retainer_credit
from . import test_retainer_correct
from . import test_retainer_rights
from . import test_retainer_scale
