"""What the database notes when a figure of a month that is over may have changed.

Triggers, because margin is read from tables of five addons and whoever writes them, by the ORM, by plain SQL or by an
import, must not have to think of it. A note is a range of months in ``msp_profit_dirty``, written in the transaction
of the change: whoever sees the change sees the note. Notes are only ever added here and only taken away by
``msp.profit.month._refresh``, which takes away those that it has seen, so a change under way is never lost.

Months from the present one on are never kept, so everyday work leaves no notes.
"""

from odoo.tools import SQL

FUNCTIONS = (
    "msp_profit_note_move_line()", "msp_profit_note_move()", "msp_profit_note_charge()", "msp_profit_note_credit()",
    "msp_profit_note_time()", "msp_profit_note_all()", "msp_profit_mark_lines(int[], boolean)",
    "msp_profit_mark(int, int)", "msp_profit_index(date)",
)  # fmt: skip

BASE = """
CREATE OR REPLACE FUNCTION msp_profit_index(day date) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT date_part('year', day)::int * 12 + date_part('month', day)::int - 1
$$;

CREATE OR REPLACE FUNCTION msp_profit_mark(since int, upto int) RETURNS void LANGUAGE sql AS $$
    -- A note of another transaction is no reason to leave this one out: it may be taken away before this one ends.
    INSERT INTO msp_profit_dirty (first_index, last_index, mark)
         SELECT since, upto, txid_current() WHERE since < msp_profit_index(now()::date)
            AND NOT EXISTS (SELECT FROM msp_profit_dirty WHERE mark = txid_current() AND first_index <= since AND last_index >= upto)
$$;

CREATE OR REPLACE FUNCTION msp_profit_mark_lines(ids int[], is_new boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM msp_profit_mark(since, upto) FROM (
        WITH line AS (
            SELECT l.* FROM account_move_line l
             WHERE l.id IN (SELECT unnest(ids) UNION SELECT credit_line_id FROM msp_credit_entry WHERE origin_line_id = ANY(ids))
        ), source AS (
            SELECT id FROM line
             UNION SELECT origin_line_id FROM msp_credit_entry WHERE credit_line_id IN (SELECT id FROM line)
        ), days AS (
            SELECT date AS first, date AS last FROM line
             UNION SELECT m.invoice_date, m.invoice_date FROM line JOIN account_move m ON m.id = line.move_id
             UNION SELECT c.period_start, c.period_end - 1 FROM msp_billing_charge c JOIN source ON c.invoice_line_id = source.id
             UNION SELECT e.date, e.date FROM account_analytic_line e JOIN source ON e.billing_invoice_line_id = source.id
             -- Vendor bills that name a product take its own cost out of every month of the client; the next bill
             -- of the same kind changes nothing about that.
             UNION SELECT DATE '0001-02-01', DATE '9999-01-01' FROM line JOIN account_move m ON m.id = line.move_id
                    WHERE m.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
                      AND line.product_id IS NOT NULL AND line.analytic_distribution IS NOT NULL
                      AND NOT (is_new AND EXISTS (SELECT FROM account_move_line k JOIN account_move o ON o.id = k.move_id
                               WHERE k.product_id = line.product_id AND k.company_id = line.company_id
                                 AND k.analytic_distribution = line.analytic_distribution AND k.parent_state = 'posted'
                                 AND k.display_type = 'product' AND NOT k.id = ANY(ids)
                                 AND o.move_type IN ('in_invoice', 'in_refund', 'in_receipt')))
        )
        SELECT DISTINCT msp_profit_index(first) AS since, msp_profit_index(last) AS upto FROM days WHERE first IS NOT NULL
    ) found;
END $$;

CREATE OR REPLACE FUNCTION msp_profit_note_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM msp_profit_mark(0, 999999);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION msp_profit_note_move_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids int[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM old_rows WHERE parent_state = 'posted' AND display_type = 'product') THEN
            PERFORM msp_profit_mark(0, 999999);
        END IF;
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(id) INTO ids FROM new_rows WHERE parent_state = 'posted' AND display_type = 'product';
        IF ids IS NOT NULL THEN PERFORM msp_profit_mark_lines(ids, TRUE); END IF;
        RETURN NULL;
    END IF;
    SELECT array_agg(n.id) INTO ids FROM new_rows n JOIN old_rows o ON o.id = n.id
     WHERE n.parent_state = 'posted' AND o.parent_state IS DISTINCT FROM 'posted' AND n.display_type = 'product';
    IF ids IS NOT NULL THEN PERFORM msp_profit_mark_lines(ids, TRUE); END IF;
    SELECT array_agg(n.id) INTO ids FROM new_rows n JOIN old_rows o ON o.id = n.id
     WHERE o.parent_state = 'posted' AND 'product' IN (o.display_type, n.display_type)
       AND (n.parent_state, n.display_type, n.balance, n.company_id, n.move_id, n.product_id, n.quantity, n.account_id,
            n.product_uom_id, n.date, n.analytic_distribution)
           IS DISTINCT FROM
           (o.parent_state, o.display_type, o.balance, o.company_id, o.move_id, o.product_id, o.quantity, o.account_id,
            o.product_uom_id, o.date, o.analytic_distribution);
    IF ids IS NULL THEN RETURN NULL; END IF;
    PERFORM msp_profit_mark_lines(ids, FALSE);
    PERFORM msp_profit_mark(msp_profit_index(date), msp_profit_index(date)) FROM old_rows WHERE id = ANY(ids);
    IF EXISTS (SELECT FROM old_rows o JOIN new_rows n ON n.id = o.id JOIN account_move m ON m.id = o.move_id
                WHERE o.id = ANY(ids) AND m.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
                  AND o.product_id IS NOT NULL AND o.analytic_distribution IS NOT NULL) THEN
        PERFORM msp_profit_mark(0, 999999);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION msp_profit_note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM msp_profit_mark(msp_profit_index(OLD.invoice_date), msp_profit_index(OLD.invoice_date));
    PERFORM msp_profit_mark_lines(array_agg(id), FALSE) FROM account_move_line
      WHERE move_id = NEW.id AND display_type = 'product' HAVING COUNT(*) > 0;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION msp_profit_note_charge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids int[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT l.id) INTO ids FROM new_rows n JOIN account_move_line l ON l.id = n.invoice_line_id
         WHERE l.parent_state = 'posted';
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(DISTINCT l.id) INTO ids FROM new_rows n JOIN old_rows o ON o.id = n.id
          JOIN account_move_line l ON l.id IN (o.invoice_line_id, n.invoice_line_id)
         WHERE l.parent_state = 'posted'
           AND (n.invoice_line_id, n.period_start, n.period_end, n.amount, n.quantity, n.price_unit, n.discount, n.kind,
                n.subscription_id, n.subscription_line_id)
               IS DISTINCT FROM
               (o.invoice_line_id, o.period_start, o.period_end, o.amount, o.quantity, o.price_unit, o.discount, o.kind,
                o.subscription_id, o.subscription_line_id);
    ELSE
        SELECT array_agg(DISTINCT l.id) INTO ids FROM old_rows o JOIN account_move_line l ON l.id = o.invoice_line_id
         WHERE l.parent_state = 'posted';
    END IF;
    IF ids IS NULL THEN RETURN NULL; END IF;
    PERFORM msp_profit_mark_lines(ids, FALSE);
    IF TG_OP <> 'INSERT' THEN
        PERFORM msp_profit_mark(msp_profit_index(period_start), msp_profit_index(period_end - 1)) FROM old_rows
          WHERE invoice_line_id = ANY(ids);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION msp_profit_note_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM msp_profit_mark_lines(ARRAY[OLD.credit_line_id, OLD.origin_line_id], FALSE);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM msp_profit_mark_lines(ARRAY[NEW.credit_line_id, NEW.origin_line_id], FALSE);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION msp_profit_note_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ids int[]; days date[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT billing_invoice_line_id), array_agg(DISTINCT date) INTO ids, days
          FROM new_rows WHERE project_id IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT billing_invoice_line_id), array_agg(DISTINCT date) INTO ids, days
          FROM old_rows WHERE project_id IS NOT NULL;
    ELSE
        SELECT array_agg(DISTINCT n.billing_invoice_line_id) || array_agg(DISTINCT o.billing_invoice_line_id),
               array_agg(DISTINCT n.date) || array_agg(DISTINCT o.date) INTO ids, days
          FROM new_rows n JOIN old_rows o ON o.id = n.id
         WHERE (n.project_id IS NOT NULL OR o.project_id IS NOT NULL)
           AND (n.date, n.unit_amount, n.employee_id, n.company_id, n.billing_partner_id, n.billing_state, n.work_type_id,
                n.billing_subscription_id, n.billing_invoice_line_id, n.billable_minutes, n.project_id IS NULL)
               IS DISTINCT FROM
               (o.date, o.unit_amount, o.employee_id, o.company_id, o.billing_partner_id, o.billing_state, o.work_type_id,
                o.billing_subscription_id, o.billing_invoice_line_id, o.billable_minutes, o.project_id IS NULL);
    END IF;
    IF days IS NULL THEN RETURN NULL; END IF;
    PERFORM msp_profit_mark(month, month) FROM (SELECT DISTINCT msp_profit_index(day) AS month FROM unnest(days) day) m;
    ids = array_remove(ids, NULL);
    IF ids <> '{}' THEN PERFORM msp_profit_mark_lines(ids, FALSE); END IF;
    RETURN NULL;
END $$;
"""

# Tables whose statements are looked at as a whole, and the function that looks.
STATEMENTS = {
    "account_move_line": "msp_profit_note_move_line",
    "msp_billing_charge": "msp_profit_note_charge",
    "account_analytic_line": "msp_profit_note_time",
}
# What every month is made of: events and columns, a change of which leaves no kept month as it was. What is new and
# not yet named by anything changes no figure.
GENERAL = {
    "msp_cost_rate": ("INSERT OR DELETE", ("employee_id", "company_id", "date_start", "hourly_cost")),
    "hr_employee": ("DELETE", ("hourly_cost", "company_id")),
    "product_product": ("DELETE", ("standard_price", "product_tmpl_id")),
    "product_template": ("", ("msp_margin_class", "uom_id")),
    "uom_uom": ("", ("factor",)),
    "account_account": ("", ("account_type",)),
    "account_analytic_account": ("", ("partner_id",)),
    "project_project": ("INSERT OR DELETE", ("account_id", "partner_id")),
    "msp_subscription_project_project_rel": ("INSERT OR DELETE", ("msp_subscription_id", "project_project_id")),
    "msp_subscription_line": ("", ("is_one_off",)),
    "msp_work_type": ("", ("product_id",)),
    "res_company": ("", ("currency_id", "partner_id", "msp_service_product_id")),
    "res_currency": ("", ("rounding", "decimal_places")),
    "res_partner": ("", ("commercial_partner_id",)),
}

# Columns of a charge by which those of some months are found.
INDEXED = ("period_start", "period_end")


def install(cr):
    """Functions, triggers and the indexes by which the months that are not kept find their charges. May be repeated."""
    cr.execute(SQL(BASE))
    for table, function in STATEMENTS.items():
        for event, rows in (
            ("INSERT", "NEW TABLE AS new_rows"),
            ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("DELETE", "OLD TABLE AS old_rows"),
        ):
            _trigger(cr, table, event, SQL("REFERENCING %s FOR EACH STATEMENT", SQL(rows)), function)
    _trigger(cr, "msp_credit_entry", "INSERT OR UPDATE OR DELETE", SQL("FOR EACH ROW"), "msp_profit_note_credit")
    _changed(cr, "account_move", ("invoice_date", "commercial_partner_id", "move_type"), "msp_profit_note_move")
    for table, (events, columns) in GENERAL.items():
        _changed(cr, table, columns, "msp_profit_note_all")
        if events:
            _trigger(cr, table, events, SQL("FOR EACH STATEMENT"), "msp_profit_note_all")
    for name in INDEXED:
        cr.execute(
            SQL(
                "CREATE INDEX IF NOT EXISTS %s ON msp_billing_charge (%s) WHERE invoice_line_id IS NOT NULL",
                SQL.identifier(f"msp_profit_charge_{name}_index"),
                SQL.identifier(name),
            )
        )


def _trigger(cr, table, event, how, function):
    name = SQL.identifier(f"msp_profit_{'_'.join(event.lower().split())}")
    cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", name, SQL.identifier(table)))
    cr.execute(
        SQL(
            "CREATE TRIGGER %s AFTER %s ON %s %s EXECUTE FUNCTION %s()",
            name, SQL(event), SQL.identifier(table), how, SQL.identifier(function),
        )
    )  # fmt: skip


def _changed(cr, table, columns, function):
    """A note for each row of which one of the columns changes."""
    different = SQL(" OR ").join(
        SQL("OLD.%s IS DISTINCT FROM NEW.%s", SQL.identifier(name), SQL.identifier(name)) for name in columns
    )
    _trigger(cr, table, "UPDATE", SQL("FOR EACH ROW WHEN (%s)", different), function)


def remove(cr):
    """Takes back what ``install`` made, triggers with their functions."""
    for name in FUNCTIONS:
        cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", SQL(name)))
    for name in INDEXED:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(f"msp_profit_charge_{name}_index")))
