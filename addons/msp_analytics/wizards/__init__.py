from . import margin_target
