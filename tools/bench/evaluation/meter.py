"""What a piece of work costs: queries, seconds on the clock, and CPU of Odoo and of its database backend."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Measures a block; ``cpu`` is that of Odoo (``odoo_cpu``) and of its backend (``database_cpu``), in seconds."""

    def __init__(self, env):
        self.env = env
        env.cr.execute("SELECT pg_backend_pid()")
        (self.backend,) = env.cr.fetchone()

    def __enter__(self):
        self.queries, self.wall = self.env.cr.sql_log_count, time.perf_counter()
        self.odoo_cpu, self.database_cpu = time.process_time(), self._backend_cpu()
        return self

    def __exit__(self, *_error):
        self.odoo_cpu = time.process_time() - self.odoo_cpu
        self.database_cpu = self._backend_cpu() - self.database_cpu
        self.cpu = self.odoo_cpu + self.database_cpu
        self.queries = self.env.cr.sql_log_count - self.queries
        self.wall = time.perf_counter() - self.wall

    def _backend_cpu(self):
        stat = Path(f"/proc/{self.backend}/stat")
        if not stat.exists():  # PostgreSQL runs elsewhere
            return 0.0
        words = stat.read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / TICKS
