from odoo import api, fields, models, tools
from odoo.tools import SQL

#: Findings of invoices that are as old as this teach nothing any more.
TAUGHT_BY_DAYS = 400


class MspAnomalyLesson(models.Model):
    """How often findings of a kind were errors here, as reviewers dealt with them; counted once a month.

    A finding that was mended before its invoice was posted was right; one that was called expected, or
    posted as it was, was not.
    """

    _name = "msp.anomaly.lesson"
    _description = "What the review learned"
    _order = "company_id, code"
    _rec_name = "code"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    code = fields.Char(required=True, readonly=True)
    title = fields.Char(compute="_compute_title", string="Finding")
    wrong = fields.Integer(string="Mended", readonly=True, help="The finding was right: the draft was changed.")
    right = fields.Integer(string="Expected", readonly=True, help="Called expected, or posted as it was.")
    useful_percent = fields.Float(
        string="Useful", compute="_compute_useful_percent", help="Share of its findings that were errors; 1 = 100 %."
    )
    date = fields.Date(string="Counted on", required=True, readonly=True)

    _once = models.UniqueIndex("(company_id, code)", "A kind of finding is counted once.")

    def _compute_title(self):
        titles = self.env["msp.preflight.finding"]._preflight_titles()
        for lesson in self:
            lesson.title = titles.get(lesson.code, lesson.code)

    @api.depends("wrong", "right")
    def _compute_useful_percent(self):
        for lesson in self:
            total = lesson.wrong + lesson.right
            lesson.useful_percent = lesson.wrong / total if total else 0.0

    @tools.ormcache("company_id")
    def _lessons(self, company_id):
        """(wrong, right) by code of a company."""
        # Counts only; read for whoever reviews.
        lessons = self.sudo().search([("company_id", "=", company_id)])
        return {lesson.code: (lesson.wrong, lesson.right) for lesson in lessons}

    @api.model
    def _cron_learn(self):
        """Count anew what became of the findings, for all companies."""
        for name in ("account.move", "msp.preflight.finding"):
            self.env[name].flush_model()
        today = fields.Date.context_today(self)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT finding.company_id, finding.code,
                       COUNT(*) FILTER (WHERE finding.state = 'resolved')::int,
                       COUNT(*) FILTER (WHERE finding.state <> 'resolved')::int
                  FROM msp_preflight_finding finding
                  JOIN account_move move ON move.id = finding.move_id
                 WHERE move.state = 'posted' AND COALESCE(move.invoice_date, move.date) >= %s AND finding.points > 0
              GROUP BY finding.company_id, finding.code
                """,
                fields.Date.subtract(today, days=TAUGHT_BY_DAYS),
            )
        )
        # Written by this count alone; the access list gives nobody the right.
        known = {(lesson.company_id.id, lesson.code): lesson for lesson in self.sudo().search([])}
        fresh = []
        for company_id, code, wrong, right in rows:
            vals = {"wrong": wrong, "right": right, "date": today}
            lesson = known.pop((company_id, code), None)
            if lesson:
                lesson.write(vals)
            else:
                fresh.append({"company_id": company_id, "code": code, **vals})
        self.sudo().create(fresh)
        self.env.registry.clear_cache()
