"""Round trips of this machine: a query, a partner created, a partner read. What other figures compare with."""

import time


def run(env, words):
    """Return the median of each in milliseconds; an argument gives the number of rounds (200)."""
    rounds = int(words[0]) if words else 200
    partners = env["res.partner"]

    def median(work):
        times = []
        for number in range(rounds):
            started = time.perf_counter()
            work(number)
            times.append(time.perf_counter() - started)
        return round(sorted(times)[rounds // 2] * 1000, 3)

    def create(number):
        partners.create({"name": f"Bench {number}"})
        env.flush_all()

    def read(_number):
        env.invalidate_all()
        partners.browse(1).name  # noqa: B018 - reading is what is measured

    return {
        "query_ms": median(lambda number: env.cr.execute("SELECT 1")),
        "create_ms": median(create),
        "read_ms": median(read),
    }
