"""Entry of ``python tools/msp``: put ``tools/`` on the path and hand over to the command line."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from msp.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
