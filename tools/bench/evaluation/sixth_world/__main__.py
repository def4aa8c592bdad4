"""Command line; see the package's docstring."""

import argparse
import json

from .imported import Imported
from .product_flow import ProductFlow
from .remote import Remote
from .report import show


def load(options):
    """Load a database, judge it, and keep what was said in a file."""
    admin = Remote(options.url, options.db, options.login, options.password)
    way = {"a": ProductFlow, "b": Imported}[options.way](admin, options.seed, options.clients, options.included_at)
    records = way.run(lambda text: print(text, flush=True))
    kept = {"way": options.way, "seed": options.seed, "records": records, "troubles": way.remote.troubles}
    kept["seconds"] = way.remote.seconds
    with open(options.out, "w") as file:
        json.dump(kept, file, indent=1)
    show([options.out])


def main():
    parser = argparse.ArgumentParser(description="Judge the review of draft invoices through the contract.")
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load")
    for name in ("--way", "--db", "--out"):
        loading.add_argument(name, required=True)
    loading.add_argument("--url", default="http://127.0.0.1:8069")
    loading.add_argument("--login", default="admin")
    loading.add_argument("--password", default="admin")
    loading.add_argument("--seed", type=int, default=6)
    loading.add_argument("--clients", type=int, default=330)
    loading.add_argument("--included-at", type=float, default=0.0, help="list price of products billed at 0")
    reporting = commands.add_parser("report")
    reporting.add_argument("files", nargs="+")
    options = parser.parse_args()
    if options.command == "load":
        load(options)
    else:
        show(options.files)


if __name__ == "__main__":
    main()
