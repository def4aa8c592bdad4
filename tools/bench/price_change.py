"""A bulk price increase: what simulating and applying cost, and whether they stay linear.

``./msp bench price_change [lines …]``: 500, 2,500 and 5,000 contract prices, five a subscription, unless sizes are
given. For each size CPU of Odoo and of its database backend, wall seconds, and queries by line; beside them the same
successors made by one raw ``create`` and one ``write``, the floor. Each step is committed and swept, as between the
clicks of a person: one long transaction would measure its own dead rows.
"""

from datetime import date

from bench.evaluation.meter import Meter

LINES = 5
TABLES = ("msp_subscription", "msp_subscription_line", "msp_price_change_line", "mail_message", "res_partner")
START, EFFECTIVE = date(2026, 1, 1), date(2027, 1, 1)


def run(env, words):
    """Return the figures of each size as a dict."""
    sizes = [int(word) for word in words] or [500, 2500, 5000]
    products = env["product.product"].create(
        [{"name": f"Bench {n}", "type": "service", "list_price": 10 + n, "standard_price": 6 + n} for n in range(LINES)]
    )
    figures = {}
    _measure(env, lambda: _walk(env, _clients(env, products, 10)))  # warm
    for size in sizes:
        clients = _clients(env, products, size // LINES)
        floor = _measure(env, lambda clients=clients: _floor(env, clients))
        _sweep(env)
        change = _change(env, clients)
        simulate = _measure(env, change.action_simulate)
        _sweep(env)
        apply = _measure(env, change.action_apply)
        _sweep(env)
        assert len(change.line_ids.successor_id) == size, "not every line was applied"
        figures[f"{size} lines"] = {
            "simulate": _by_line(simulate, size),
            "apply": _by_line(apply, size),
            "floor": _by_line(floor, size),
            "apply_over_floor": round(apply["cpu"] / floor["cpu"], 2),
        }
        env.invalidate_all()
    return figures


def _sweep(env):
    """Commit, and let PostgreSQL know what has become of the tables."""
    env.cr.commit()
    connection = env.cr._cnx
    connection.autocommit = True
    for table in TABLES:
        env.cr.execute(f"VACUUM ANALYZE {table}")
    connection.autocommit = False


def _clients(env, products, count):
    clients = env["res.partner"].create([{"name": f"Bench client {n}"} for n in range(count)])
    subscriptions = env["msp.subscription"].create(
        [
            {
                "partner_id": client.id,
                "date_start": START,
                "line_ids": [
                    (0, 0, {"product_id": product.id, "quantity": 3, "price_unit": 10 + n})
                    for n, product in enumerate(products)
                ],
            }
            for client in clients
        ]
    )
    subscriptions.action_activate()
    env.flush_all()
    _sweep(env)
    return clients


def _change(env, clients):
    return env["msp.price.change"].create(
        {"value": 4, "effective_date": EFFECTIVE, "partner_ids": [(6, 0, clients.ids)], "currency_id": False}
    )


def _walk(env, clients):
    change = _change(env, clients)
    change.action_simulate()
    change.action_apply()


def _floor(env, clients):
    """The rows alone, without decisions, ledger, notes or anything a person could read: undone afterwards."""
    lines = env["msp.subscription.line"].search([("subscription_id.partner_id", "in", clients.ids)])
    quiet = lines.with_context(tracking_disable=True)
    with env.cr.savepoint() as savepoint:
        vals_list = [
            {**vals, "subscription_id": line.subscription_id.id, "date_start": EFFECTIVE, "replaces_id": line.id}
            for line, vals in zip(lines, quiet.copy_data(), strict=True)
        ]
        quiet.create(vals_list)
        quiet.write({"date_end": date(2026, 12, 31)})
        env.flush_all()
        savepoint.rollback()
    env.invalidate_all()


def _by_line(measured, size):
    return {
        "cpu_s": round(measured["cpu"], 2),
        "database_cpu_s": round(measured["database"], 2),
        "wall_s": round(measured["wall"], 2),
        "cpu_ms_by_line": round(measured["cpu"] * 1000 / size, 2),
        "queries_by_line": round(measured["queries"] / size, 3),
        "queries": measured["queries"],
    }


def _measure(env, work):
    env.flush_all()
    env.invalidate_all()
    with Meter(env) as meter:
        work()
        env.flush_all()
    return {"cpu": meter.cpu, "database": meter.database_cpu, "wall": meter.wall, "queries": meter.queries}
