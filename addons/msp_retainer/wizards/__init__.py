from . import credit_reversal
from . import retainer_correct
from . import retainer_statement
from . import retainer_rollforward
