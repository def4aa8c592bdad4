"""The examples that the README gives to other systems, run as they stand, in their order."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)


@pytest.fixture(scope="module")
def printed(odoo_server):
    """What each example prints."""
    env = {
        "PATH": "/usr/bin:/bin",
        "ODOO_HOST": "127.0.0.1",
        "ODOO_PORT": str(odoo_server.port),
        "ODOO_DB": odoo_server.database,
        "ODOO_LOGIN": "admin",
        "ODOO_KEY": odoo_server.api_key(),
    }
    outputs = []
    for example in EXAMPLES:
        done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, env=env, timeout=300)
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    return outputs


def test_odoorpc_counts_devices_and_previews(printed):
    assert "'status': 'error'" not in printed[0]
    # 12 x 45 for January and February, 14 x 45 for March
    assert "1710" in printed[0].splitlines()[-1]


def test_xmlrpc_reads_the_agreement(printed):
    assert "'state': 'active'" in printed[1]
    assert "'name': 'NW-2026'" in printed[1]


def test_json2_generates_the_run(printed):
    assert "'invoice_count': 1" in printed[2]


def test_logging_the_same_time_twice_changes_nothing(printed):
    first, second = printed[3].splitlines()
    assert "'status': 'created'" in first
    assert "'status': 'unchanged'" in second
