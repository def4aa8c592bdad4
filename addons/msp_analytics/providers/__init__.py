"""Where benchmarks come from besides files: one class for each kind of provider, no Odoo in here."""

from .base import PROVIDERS, Provider, ProviderError
from .http import HttpProvider
