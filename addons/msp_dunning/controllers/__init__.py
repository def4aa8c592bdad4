from . import aging, opened
