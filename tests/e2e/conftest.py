"""Real servers: see tests/harness/fixtures.py."""

from harness.fixtures import *  # noqa: F403
