from . import aging_day, dunning_collect
