"""Has drafts checked and reads what the product says of them."""

MOVE = ["partner_id", "anomaly_score", "amount_untaxed", "amount_total", "review_state", "finding_ids", "invoice_date"]
FINDING = ["move_id", "code", "severity", "points", "message", "line_id", "state"]


def checked(remote, moves, batch=100):
    """``action_preflight_check`` on ``moves``; returns what each says: dict by id of move."""
    for begin in range(0, len(moves), batch):
        some = moves[begin : begin + batch]
        if remote.attempt("check", "account.move", "action_preflight_check", some) is None:
            for move in some:
                remote.attempt("check one", "account.move", "action_preflight_check", [move])
    said = {row["id"]: row | {"findings": []} for row in remote("account.move", "read", moves, MOVE)}
    for finding in remote.find("msp.preflight.finding", [("move_id", "in", moves)], FINDING):
        said[finding["move_id"][0]]["findings"].append(
            {name: finding[name] for name in FINDING[1:]} | {"line": (finding["line_id"] or [0, ""])[1]}
        )
    return said


def zero_lines(remote, moves):
    """Ids of the moves that have a product line of 0."""
    domain = [("move_id", "in", moves), ("display_type", "=", "product"), ("price_subtotal", "=", 0)]
    return {row["move_id"][0] for row in remote.find("account.move.line", domain, ["move_id"])}


def lines_of(remote, moves):
    """Product lines by move, as plain dicts."""
    names = [
        "move_id",
        "product_id",
        "name",
        "quantity",
        "price_unit",
        "discount",
        "tax_ids",
        "price_subtotal",
        "price_total",
    ]
    domain = [("move_id", "in", moves), ("display_type", "=", "product")]
    found = {move: [] for move in moves}
    for row in remote.find("account.move.line", domain, names, order="id"):
        found[row["move_id"][0]].append(row)
    return found


def record(month, client, said, labels, totals, history, zero, lines):
    """One judged draft, as it is kept for the report. ``totals``: posted totals before, oldest first."""
    return {
        "month": month,
        "client": client.name,
        "agreement": client.has_agreement,
        "counts": client.has_counts,
        "move": said["id"] if said else None,
        "score": said["anomaly_score"] if said else 0,
        "total": said["amount_untaxed"] if said else 0.0,
        "findings": said["findings"] if said else [],
        "labels": labels,
        "totals": totals,
        "history": history,
        "zero_line": zero,
        "lines": [[l["name"], l["quantity"], l["price_unit"], l["discount"], len(l["tax_ids"])] for l in lines],
    }
