"""Time that the technicians log: about 4,000 entries in 14 months, most on few clients, a few of them late."""

from __future__ import annotations

from .book import Story, table

ENTRIES_A_MONTH = 286
INTERNAL = 0.07
# Clients whose time of the last month nobody has approved yet.
UNAPPROVED = ("calderwood", "isleworth")
# work type, task, weight, shortest and longest in quarters of an hour, what was done
KINDS = (
    (
        "REMOTE",
        0,
        46,
        1,
        6,
        (
            "Outlook does not open",
            "Password reset and sign-in",
            "Printer offline",
            "Shared folder access",
            "VPN drops every hour",
            "New starter set up",
            "Leaver: accounts closed",
            "Teams calls without sound",
            "Slow laptop",
            "Phishing mail reported",
            "Scanner to mail",
            "Calendar of a shared mailbox",
        ),
    ),
    (
        "REMOTE",
        1,
        20,
        1,
        4,
        (
            "Patches on servers",
            "Backup job failed, rerun",
            "Disk space on file server",
            "Firewall firmware",
            "Certificate renewed",
            "Restore test",
            "Antivirus alert checked",
        ),
    ),
    (
        "ONSITE",
        0,
        14,
        4,
        14,
        (
            "Workstation replaced",
            "Access point moved",
            "Network socket dead",
            "Meeting room set up",
            "UPS battery swapped",
        ),
    ),
    (
        "PROJECT",
        2,
        15,
        6,
        24,
        (
            "Migration to the new server",
            "Office move: network",
            "Mail migration",
            "Wi-Fi survey and rollout",
            "Phone system cut-over",
            "Multi-factor sign-in rollout",
        ),
    ),
    ("AFTERHOURS", 0, 5, 2, 10, ("Server down at night", "Line of business app down", "Ransomware alert, isolated")),
)
INTERNAL_WORK = ("Team meeting", "Training: firewall certificate", "Documentation", "Stock take", "Vendor call")


def log(story: Story, index: int) -> None:
    """Log the work of a month, and approve it but for what came in late."""
    rows = _rows(story, index)
    entries = _send(story, rows)
    # The office approves what is on its desk; of the last month two clients' hours are still with the team lead.
    last = index == story.months - 1
    waiting = [story.named(f"project_{key}").id for key in UNAPPROVED if last and story.has(f"project_{key}")]
    entries.filtered(lambda entry: entry.project_id.id not in waiting).action_approve_time()


def _rows(story: Story, index: int) -> list[dict]:
    """Return the rows of a month in the shape of ``log_time``."""
    chance = story.chance("time", index)
    days = story.working_days(index)
    staff = [row["name"] for row in table("team")]
    clients = [row for row in story.rows if _is_client(story, row, index)]
    weights = [int(row["seats"]) + 6 for row in clients]
    share = len(story.rows) / len(table("clients"))
    rows = []
    for number in range(round(ENTRIES_A_MONTH * share)):
        person = chance.randrange(len(staff))
        row = {
            "external_ref": f"TKT-{story.month(index):%y%m}-{number + 1:04d}",
            "employee": story.named(f"employee_{person + 1}").id,
            "date": chance.choice(days).isoformat(),
        }
        if chance.random() < INTERNAL:
            row |= {
                "project": story.named("project_internal").id,
                "hours": chance.randint(2, 8) / 4,
                "description": chance.choice(INTERNAL_WORK),
                "billable": False,
            }
        else:
            row |= _client_work(story, chance, chance.choices(clients, weights)[0]["key"])
        rows.append(row)
    return rows


def _is_client(story: Story, row: dict, index: int) -> bool:
    """Whether the client had an agreement that ran through the whole month."""
    agreement = story.named(f"agreement_{row['key']}_main")
    return agreement.date_start <= story.month(index) and agreement.state == "active"


def _client_work(story: Story, chance, key: str) -> dict:
    work_type, task, _weight, shortest, longest, texts = chance.choices(KINDS, [kind[2] for kind in KINDS])[0]
    return {
        "task": story.named(f"task_{key}_{task}").id,
        "hours": chance.randint(shortest, longest) / 4,
        "description": chance.choice(texts),
        "work_type": work_type,
        "billable": chance.random() > 0.04,
    }


def _send(story: Story, rows: list[dict]):
    """Hand the rows in as another system does. Returns the entries in the order of the rows."""
    Entry = story.office["account.analytic.line"]
    results = Entry.log_time(rows)
    failed = [result for result in results if result["status"] == "error"]
    assert not failed, failed[:5]
    return Entry.browse([result["id"] for result in results])
