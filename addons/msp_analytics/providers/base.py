from __future__ import annotations

from abc import ABC, abstractmethod


class ProviderError(Exception):
    """The provider gave nothing usable; the text is fit to be shown, and holds no secret."""


class Provider(ABC):
    """Gets a file of the format msp-benchmark/1 from somewhere."""

    #: By this name it is chosen.
    name: str

    @abstractmethod
    def fetch(self) -> bytes:
        """The file as it came; what is in it is checked by ``engine.benchmark_file``.

        :raises ProviderError: when nothing usable came
        """


PROVIDERS: dict[str, type[Provider]] = {}


def register(provider: type[Provider]) -> type[Provider]:
    """Make a provider known by its name."""
    PROVIDERS[provider.name] = provider
    return provider
