from . import controllers, models, demo, report, wizards
