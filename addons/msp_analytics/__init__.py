from . import controllers, models, demo, report, wizards
from .report import profit_watch


def uninstall_hook(env):
    """Tables of other addons keep no trigger that would write into what is gone."""
    profit_watch.remove(env.cr)
