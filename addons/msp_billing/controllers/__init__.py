from . import redirects
