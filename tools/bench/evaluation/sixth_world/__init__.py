"""Sixth world: judges the review of draft invoices through the contract alone.

A generator of an MSP's billing past that knows nothing of the addons but the names in DESIGN.md. It loads a
real Odoo database over XML-RPC with a finance manager's rights, makes drafts, spoils about one in twenty in
a labelled way, calls ``action_preflight_check``, reads ``anomaly_score`` and ``finding_ids`` and measures.

Two ways in, since one may judge by either:

* **A, the product's flow**: agreements, counts (``sync_quantities``), time (``log_time``), overrides and one
  ``msp.billing.run`` a month, posted one after the other; errors come into records or drafts by hand.
* **B, an imported past**: posted plain invoices as of a former system, this month's drafts plain as well, with an
  agreement for 60 % of the clients and none for the rest.

The last four months are judged one after the other; what was spoilt is put right and posted before the next.

    python -m sixth_world load --way b --url http://127.0.0.1:8069 --db DB --login L --password P \\
        --seed 6 --clients 330 --out b.json        (from tools/bench/evaluation; an admin, fresh database)
    python -m sixth_world report b.json

Written blind of the detector; what it found on seed 6 was mended since, so that its figures tell no longer what to expect
of months that nobody has seen (``fifth`` does that).

Judge the included products both ways: with a list price of 0 and with ``--included-at 30``.

``catalogue`` products and prices · ``world`` what is true of clients month by month, no Odoo · ``remote`` the
RPC client and master data · ``product_flow`` and ``spoil_drafts`` way A · ``imported`` and ``spoil_lines`` way B ·
``reading`` what the product says · ``measure`` figures, ``report`` tables.
"""
