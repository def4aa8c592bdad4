"""Starts Odoo's own command line from a script.

``python -m odoo`` cannot run workers: Odoo starts its evented child by running this file again.
With MSP_TESTING set, Odoo's browser tests wait as long for Chromium as a loaded machine needs.
"""

import os
import sys

sys.path[:] = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]

import odoo.cli  # noqa: E402

if os.environ.get("MSP_TESTING"):
    import odoo.tests.common as common

    common.CHECK_BROWSER_ITERATIONS, common.BROWSER_WAIT = 600, 60.0

if __name__ == "__main__":
    odoo.cli.main()
