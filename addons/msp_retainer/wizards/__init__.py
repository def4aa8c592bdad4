from . import retainer_correct
from . import retainer_statement
