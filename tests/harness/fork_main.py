"""Odoo loaded once, a process forked for each job: what the fault tests kill.

Started as ``python fork_main.py -c odoo.conf -d database``. Reads a job a line on standard input,
``{"model": …, "ids": […], "method": …, "args": […]}`` in JSON, forks, and prints the child's process
id. The child runs the method as the administrator in a transaction of its own and exits with 0, or
with 1 after printing the error to standard error. Each fork is a real process with real connections
to PostgreSQL, so ``kill -9`` hits it as it would hit a worker.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback

import odoo.sql_db
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def main() -> None:
    config.parse_config([*sys.argv[1:], "--no-http"])
    database = config["db_name"][0]
    registry = Registry(database)
    # A forked process must not share its parent's connections.
    odoo.sql_db.close_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        sys.stdin.close()
        code = 1
        try:
            _work(registry, json.loads(line))
            code = 0
        except BaseException:  # the child reports whatever ends it, and dies
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


def _work(registry, job) -> None:
    """One job, again after a serialization failure, as an RPC call would be."""
    from odoo.service.model import retrying

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, job.get("context") or {})
        records = env[job["model"]].browse(job.get("ids") or [])
        retrying(lambda: getattr(records, job["method"])(*job.get("args") or []), env)
        with contextlib.suppress(AttributeError):
            env.cr.commit()


if __name__ == "__main__":
    main()
