from . import ar_aging  # isort: skip  # first: aging_xlsx extends it
from . import aging_xlsx, dunning_client
