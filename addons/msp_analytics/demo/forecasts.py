"""The forecasts as they were kept: each made on the first of its month, from what was known in the story by then.

Nothing is made up afterwards. The office has kept forecasts for some months only, and none where this addon is installed
after the months were told, as in any company that begins with it today.
"""

from __future__ import annotations

from datetime import date

from odoo.addons.msp_billing.demo.story.book import Story

# Months before the one to be billed in which the first forecast was kept: each makes the load some seconds longer.
SINCE = 3


def month_begins(story: Story, index: int) -> None:
    """Keep the forecast of the first of a month."""
    if story.months - index <= SINCE:
        keep(story, story.month(index))


def tell(story: Story) -> None:
    """The forecast of the day; the months that are over get what was invoiced, by hand too."""
    keep(story, story.anchor)


def keep(story: Story, day: date) -> None:
    """What the scheduled action did in the night to a day: the forecast, and once a month the one that is kept."""
    company = story.company
    forecast = story.env["msp.revenue.forecast"].with_company(company)
    forecast._make(company, day)
    made = [("company_id", "=", company.id)]
    forecast.search(made).made_at = f"{day} 02:00:00"
    story.env["msp.revenue.forecast.snapshot"].search([*made, ("snapshot_month", "=", day)]).made_at = f"{day} 02:00:00"
