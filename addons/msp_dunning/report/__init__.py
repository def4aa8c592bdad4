from . import ar_aging  # isort: skip  # first: the others extend it
from . import aging_xlsx, ar_statement, dunning_client
