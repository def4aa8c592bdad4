from . import retainer_correct
