"""External processes that are killed, against a real database (RELIABILITY.md). Seeds are printed."""

import os
import random

import pytest
from harness.fixtures import *  # noqa: F403
from harness.forks import Forks


@pytest.fixture(scope="session")
def minutes() -> float:
    """How long a fault test may go on: 0 is the short form of every push (``./msp test faults --minutes N``)."""
    return float(os.environ.get("MSP_FAULT_MINUTES") or 0)


@pytest.fixture
def seed(request) -> int:
    """Printed, and taken from MSP_FAULT_SEED to repeat a run."""
    number = int(os.environ.get("MSP_FAULT_SEED") or random.SystemRandom().randrange(10**6))
    print(f"{request.node.name}: MSP_FAULT_SEED={number}")
    return number


@pytest.fixture(scope="module")
def forks(context, odoo_server):
    """Jobs in processes that can be killed, on the database of the module's server."""
    made = Forks(context, odoo_server.database)
    yield made
    made.stop()
