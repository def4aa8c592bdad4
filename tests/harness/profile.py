"""Hypothesis as these tests use it: a slow machine is no failure, and a failure can be repeated."""

from hypothesis import HealthCheck, settings


def load() -> None:
    """Load the profile; a test's own settings win over it."""
    settings.register_profile(
        "msp", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )
    settings.load_profile("msp")
