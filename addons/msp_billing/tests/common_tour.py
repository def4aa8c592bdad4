import base64
import os
import re
from pathlib import Path
from unittest.mock import patch

from odoo.tests.common import ChromeBrowser, HttpCase
from odoo.tools import config

from .common import MspBillingCommon

SIGNAL = re.compile(r"^msp-screenshot: ([a-z0-9_-]+)")


class MspTourCase(MspBillingCommon, HttpCase):
    """Tours as the finance manager, with a picture of every step that asks for one (``screenshot.js``).

    Pictures go to the folder that MSP_SCREENSHOTS names, else to ``tours`` beside Odoo's own screenshots.
    """

    browser_size = "1440x900"

    def setUp(self):
        super().setUp()
        folder = os.environ.get("MSP_SCREENSHOTS") or os.path.join(config["screenshots"], "tours")
        self.screenshots = Path(folder)
        self.screenshots.mkdir(parents=True, exist_ok=True)
        listen = ChromeBrowser._handle_console

        def handle_console(browser, type, args=None, **more):
            text = str(args[0].get("value", "")) if args else ""
            if found := SIGNAL.match(text):
                self._take(browser, found[1])
            self._on_console(text)
            return listen(browser, type, args=args, **more)

        self.startPatcher(patch.object(ChromeBrowser, "_handle_console", handle_console))

    def _on_console(self, text):
        """Override to act on what a tour writes to the console; called in the thread that listens."""

    def _take(self, browser, name):
        """Ask for the picture; when it has come, write it and let the tour go on."""

        def keep(future):
            picture = base64.b64decode(future.result(timeout=0)["data"])
            (self.screenshots / f"{name}.png").write_bytes(picture)
            # The name matched the pattern above, so it needs no quoting.
            browser._websocket_send("Runtime.evaluate", params={"expression": f"window.mspScreenshot = '{name}'"})

        browser._websocket_send("Page.captureScreenshot", with_future=True).add_done_callback(keep)

    def assertPictures(self, names):
        """Every picture is there and is more than a blank page."""
        for name in names:
            path = self.screenshots / f"{name}.png"
            self.assertTrue(path.exists(), f"{name}.png was not taken")
            self.assertGreater(path.stat().st_size, 10_000, f"{name}.png is blank")
