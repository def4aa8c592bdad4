"""Steps that are committed one by one, and tried again when somebody else was faster (RELIABILITY fact 4)."""

import time
from itertools import count

import psycopg2.errors
from odoo import modules
from odoo.exceptions import ConcurrencyError, LockError

#: Under ``msp_one_transaction`` in the context: all or nothing. An object, so that no caller from outside can ask for it.
ONE_TRANSACTION = object()
TRIES = 6
WAIT_STEP_SECONDS = 0.25
COLLISIONS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    LockError,
    ConcurrencyError,
)


def may_commit(env):
    """Tests run in one transaction that must not be committed, and the demo company is told whole or not at all."""
    return not modules.module.current_test and env.context.get("msp_one_transaction") is not ONE_TRANSACTION


def commit(env, handled=0):
    """Commit; inside a scheduled action this also reports progress.

    :param handled: how many records that was
    """
    if may_commit(env):
        env["ir.cron"]._commit_progress(handled)


def in_own_transaction(env, step, handled=0, collisions=(*COLLISIONS, psycopg2.errors.UniqueViolation)):
    """Call ``step`` and commit, again after a collision. Scheduled actions do not retry those by themselves.

    :param step: may be called several times; what it did before a collision is undone
    :return: what ``step`` returns
    :raises Exception: the collision itself, after the last try
    """
    for tried in count(1):
        try:
            result = step()
            env.flush_all()
            commit(env, handled)
            return result
        except collisions:
            if not may_commit(env) or tried == TRIES:
                raise
            env.cr.rollback()
            env.invalidate_all(flush=False)
            time.sleep(WAIT_STEP_SECONDS * tried)
