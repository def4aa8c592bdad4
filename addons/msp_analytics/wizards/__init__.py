from . import margin_target
from . import benchmark_import
