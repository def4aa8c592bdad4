"""The last weeks of collecting: reminders with what became of them, calls, promises, disputes, pauses.

What lies behind the story's day is written as the sender and the judge of promises would have written it then, and
nothing is sent; what is so today is done by the finance manager, through the screen's own methods.
"""

from __future__ import annotations

from datetime import timedelta

from dateutil.relativedelta import relativedelta

WEEKS = 5
# Whose first mail comes back: the next contact gets the following one.
BOUNCED = "kestrel"
# Who opens what we send.
OPENING = ("rosewick", "umberfield", "garnet", "ironbark", "dunmore", "aldergate")
# Client, share of what is open, category, what they say.
DISPUTES = (
    ("quarrystone", 0.3, "service", "Two hours of onsite work in May were not done; ticket with Priya"),
    ("blackthorn", 1.0, "not_ordered", "Says the hardware was cancelled by phone before it shipped"),
    ("gallowglass", 0.5, "quantity", "Counts nine workstations, we billed twelve"),
)
# Client, days from today until which, why.
INVOICE_PAUSES = (("rosewick", 40, "The city pays at the end of the quarter"),)
CLIENT_PAUSES = (("nettlewood", None, "Being taken over by Fairlight; their lawyer asked for two months"),)
# Client, days from today by which they want to pay, share, what they said.
PROMISES = (
    ("umberfield", 4, 1.0, "Check is signed, goes out on Friday"),
    ("ironbark", 9, 0.5, "Half now, the rest next month"),
)
# Client, days after the due date for which it had been promised: kept where the money had come by then.
PAST_PROMISES = (
    ("ironbark", 16), ("ironbark", 45), ("kestrel", 20), ("umberfield", 30), ("carrowby", 25), ("lindqvist", 30),
    ("pinecrest", 20), ("vandermeer", 28), ("oostveen", 25), ("calderwood", 26),
)  # fmt: skip
# Client, working days before the story's month, outcome, what was said, days until we call again.
CALLS = (
    ("ironbark", 12, "reached", "Owner back from leave on Monday", 5),
    ("ironbark", 4, "message", "Left word with the warehouse", 3),
    ("kestrel", 9, "wrong", "Number belongs to the tasting room; got the office's", None),
    ("quarrystone", 6, "reached", "Will not pay before Priya answers about the two hours", 7),
    ("pinecrest", 7, "no_answer", "", 2),
    ("blackthorn", 5, "refused", "Says the shipment was cancelled", None),
    ("umberfield", 2, "reached", "Board meets on Thursday, then the check goes out", 4),
)


def tell(story) -> None:
    """Tell how the office collected: first what happened, then how things stand."""
    company = story.company
    company.dunning_user_id = story.named("user_finance")
    company.dunning_email = company.email
    _past_promises(story)
    _past_calls(story)
    for day in _days(story):
        _remind(story, day)
    _today(story)


def _days(story):
    """The working days of the last weeks before the month that is ready to be billed."""
    days = (story.anchor - timedelta(days=number) for number in range(WEEKS * 7, 0, -1))
    return [day for day in days if day.weekday() < 5]


def _policy(story):
    company = story.company
    # Nobody is mailed that somebody has something to do.
    context = {"allowed_company_ids": company.ids, "mail_activity_quick_update": True}
    return story.env["msp.dunning.policy"].with_company(company).with_context(**context)


def _remind(story, day) -> None:
    """What the outbox would have sent that day, and what became of it; no mail leaves."""
    policy, company = _policy(story), story.company
    facts, plan = policy._dunning_decide(company, day)
    if not plan.mails:
        return
    policy._dunning_note_silence(company, day, facts, plan)
    rows = policy.env["msp.dunning.outbox"]._claim(company, day, sorted({mail.client_id for mail in plan.mails}))
    rows._sent()
    rows.write({"sent_at": f"{day} 13:05:00"})
    rows.mail_message_id.write({"date": f"{day} 13:05:00"})
    bounced = story.named(f"client_{BOUNCED}") if story.has(f"client_{BOUNCED}") else None
    for row in rows:
        if row.partner_id == bounced and not row.search_count([("state", "=", "bounced")]):
            row._undelivered("bounced", story.env._("%s bounced", row.email_to))
    opening = [story.named(f"client_{key}").id for key in OPENING if story.has(f"client_{key}")]
    read = rows.filtered(lambda row: row.partner_id.id in opening and row.state == "sent").event_ids
    read.filtered(lambda event: event.kind == "reminder").write(
        {"delivery_state": "opened", "date_opened": f"{day} 15:40:00"}
    )


def _past_promises(story) -> None:
    """Promises whose day has passed, judged by the money that came."""
    promises = story.env["msp.dunning.promise"]
    for key, days in PAST_PROMISES:
        if not story.has(f"client_{key}"):
            continue
        limit = story.anchor - timedelta(days=days + 1)
        move = story.env["account.move"].search(
            [
                ("commercial_partner_id", "=", story.named(f"client_{key}").id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("amount_total", ">", 0),
                ("invoice_date_due", "<", limit),
                ("dunning_promise_ids", "=", False),
            ],
            order="invoice_date_due desc, id desc",
            limit=1,
        )
        if not move:
            continue
        said = move.invoice_date_due + timedelta(days=min(7, days - 1))
        by = move.invoice_date_due + timedelta(days=days)
        promises |= promises.create(
            {"move_id": move.id, "date": by, "amount": move.amount_total, "residual_before": move.amount_total}
        )
        _event(story, move, "promise", said, amount=move.amount_total, date_next=by)
    promises._judge(story.company, story.anchor - timedelta(days=1))


def _past_calls(story) -> None:
    days = _days(story)
    for key, before, outcome, note, again in CALLS:
        move = _oldest_open(story, key)
        if move:
            day = days[-before]
            _event(
                story, move, "call", day, outcome=outcome, reason=note or False,
                date_next=day + timedelta(days=again) if again else False,
            )  # fmt: skip


def _event(story, move, kind, day, **values) -> None:
    story.env["msp.dunning.event"].create(
        {
            "company_id": move.company_id.id,
            "partner_id": move.commercial_partner_id.id,
            "move_id": move.id,
            "kind": kind,
            "date": day,
            "currency_id": move.currency_id.id,
            "user_id": story.named("user_finance").id,
            **values,
        }
    )


def _today(story) -> None:
    """How things stand: done by the finance manager, today."""
    today = story.company._dunning_today()
    for key, share, category, reason in DISPUTES:
        move = _mine(story, key)
        if move:
            amount = None if share == 1 else move.currency_id.round(move.amount_residual * share)
            move.action_dunning_dispute(
                amount=amount, reason=reason, category=category, user_id=story.named("user_finance").id,
                date_answer=today + relativedelta(days=6),
            )  # fmt: skip
    for key, days, reason in INVOICE_PAUSES:
        if move := _mine(story, key):
            move.action_dunning_pause(until=today + timedelta(days=days), reason=reason)
    for key, days, reason in CLIENT_PAUSES:
        if story.has(f"client_{key}"):
            until = today + timedelta(days=days) if days else None
            story.ours(f"client_{key}").action_dunning_pause(until=until, reason=reason)
    for key, days, share, reason in PROMISES:
        if move := _mine(story, key):
            move.action_dunning_promise(
                date=today + timedelta(days=days),
                amount=move.currency_id.round(move.amount_residual * share),
                reason=reason,
            )


def _mine(story, key):
    """The oldest open invoice of a client, with the finance manager's rights; nothing where there is none."""
    move = _oldest_open(story, key)
    return move and move.with_env(story.office)


def _oldest_open(story, key):
    moves = story.env["account.move"]
    if not story.has(f"client_{key}"):
        return moves
    return moves.search(
        [
            ("commercial_partner_id", "=", story.named(f"client_{key}").id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
        ],
        order="invoice_date_due, id",
        limit=1,
    )
