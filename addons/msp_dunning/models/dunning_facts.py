from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL, email_normalize

from ..engine.facts import ZERO, Client, Instalment
from ..engine.promises import share_dispute
from .dunning_event import DEAD_STATES

LIVE_MAILS = ("ready", "sending", "sent", "unknown")
# Money at the bank that nobody has matched for a month holds no reminder back any more.
BANK_DAYS = 30


@dataclass
class DunningFacts:
    """What a decision is made of, and the addresses by client id, the best first: (contact id, e-mail)."""

    clients: dict[int, Client] = field(default_factory=dict)
    items: list[Instalment] = field(default_factory=list)
    addresses: dict[int, list[tuple[int, str]]] = field(default_factory=dict)


class MspDunningPolicy(models.Model):
    """Loads what the engine decides on, in a number of queries that depends on nothing."""

    _inherit = "msp.dunning.policy"

    @api.model
    def _dunning_facts(self, company, day, partner_ids=None, without=()):
        """Open items and clients of a company.

        :param partner_ids: only these commercial partners; None is all
        :param without: ids of outbox rows taken as if they were not there (their own re-check)
        :return: DunningFacts
        """
        self.env.flush_all()
        rows = self._open_receivables(company, partner_ids)
        moves = list({row["move_id"] for row in rows})
        reminded = self._reminded_steps(moves, without)
        facts = DunningFacts()
        credits = defaultdict(lambda: defaultdict(Decimal))
        paid_in = defaultdict(set)
        own_contacts = defaultdict(list)
        by_move = defaultdict(list)
        for row in rows:
            client = row["client_id"]
            if row["residual"] < 0:
                credits[client][row["currency_id"]] += -_decimal(row["residual"])
                if row["payment_id"]:
                    paid_in[client].add(row["currency_id"])
            elif row["move_type"] in ("out_invoice", "out_receipt"):
                by_move[row["move_id"]].append(row)
                own_contacts[client].append(row["partner_id"])
        for lines in by_move.values():
            facts.items.extend(_instalments(lines, reminded))
        client_ids = sorted({item.client_id for item in facts.items})
        partners = self.env["res.partner"].browse(client_ids).with_company(company)
        mailed, held = self._mailed_days(company, client_ids, without)
        facts.addresses = self._addresses(company, partners, own_contacts)
        unmatched = self._unmatched_bank(company, client_ids, day)
        policies = self._policies(company, partners)
        engines = {policy: policy._engine_policy(company) for policy in set(policies.values()) if policy}
        for partner in partners:
            facts.clients[partner.id] = Client(
                id=partner.id,
                policy=engines.get(policies[partner]),
                go_live=company.msp_go_live_date or None,
                paused=partner.dunning_paused,
                paused_until=partner.dunning_paused_until or None,
                credits=dict(credits[partner.id]),
                payment_currencies=frozenset(paid_in[partner.id]),
                has_unmatched_bank=partner.id in unmatched,
                has_address=bool(facts.addresses.get(partner.id)),
                mailed_on=mailed.get(partner.id, {}),
                held=frozenset(held.get(partner.id, ())),
            )
        return facts

    @api.model
    def _open_receivables(self, company, partner_ids):
        """Open items of the receivable accounts, invoices and credits alike, the oldest first."""
        chosen = SQL("TRUE") if partner_ids is None else SQL("m.commercial_partner_id = ANY(%s)", list(partner_ids))
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT l.id, l.move_id, COALESCE(m.commercial_partner_id, l.partner_id) AS client_id, l.currency_id,
                       COALESCE(l.date_maturity, l.date) AS date_due, l.amount_residual_currency AS residual,
                       l.amount_residual AS company_residual, l.no_followup, l.payment_id, m.partner_id, m.move_type,
                       m.payment_state, m.dunning_paused, m.dunning_paused_until, m.is_disputed, m.disputed_amount,
                       m.promise_date, m.dunning_flagged
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
                 WHERE l.company_id = %s AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
                   AND l.amount_residual_currency <> 0 AND m.commercial_partner_id IS NOT NULL AND %s
              ORDER BY COALESCE(l.date_maturity, l.date), l.id
                """,
                company.id,
                chosen,
            )
        )

    @api.model
    def _reminded_steps(self, move_ids, without):
        """Steps with a live reminder, by instalment id and, where the instalment was made anew, by (invoice, due)."""
        steps = defaultdict(set)
        for line, move, due, step in self.env.execute_query(
            SQL(
                """
                SELECT due_line_id, move_id, date_due, step_id FROM msp_dunning_event
                 WHERE kind = 'reminder' AND delivery_state <> ALL(%s) AND move_id = ANY(%s)
                   AND (outbox_id IS NULL OR outbox_id <> ALL(%s))
                """,
                list(DEAD_STATES),
                list(move_ids),
                list(without),
            )
        ):
            steps[line or (move, due)].add(step)
        return steps

    @api.model
    def _mailed_days(self, company, client_ids, without):
        """The last day of a live mail, and the currencies held back, by client."""
        mailed, held = defaultdict(dict), defaultdict(set)
        for client, currency, last, is_held in self.env.execute_query(
            SQL(
                """
                SELECT partner_id, currency_id, MAX(date) FILTER (WHERE state <> 'held'), BOOL_OR(state = 'held')
                  FROM msp_dunning_outbox
                 WHERE company_id = %s AND partner_id = ANY(%s) AND state = ANY(%s) AND id <> ALL(%s)
              GROUP BY partner_id, currency_id
                """,
                company.id,
                list(client_ids),
                [*LIVE_MAILS, "held"],
                list(without),
            )
        ):
            if last:
                mailed[client][currency] = last
            if is_held:
                held[client].add(currency)
        return mailed, held

    @api.model
    def _unmatched_bank(self, company, client_ids, day):
        """Clients with money on a bank statement that was not matched yet."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT p.commercial_partner_id
                  FROM account_bank_statement_line s
                  JOIN account_move m ON m.id = s.move_id AND m.state = 'posted'
                  JOIN res_partner p ON p.id = m.partner_id
                 WHERE s.company_id = %s AND s.is_reconciled IS NOT TRUE AND s.amount > 0
                   AND m.date > %s AND p.commercial_partner_id = ANY(%s)
                """,
                company.id,
                day - timedelta(days=BANK_DAYS),
                list(client_ids),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _policies(self, company, partners):
        """The policy of each client: its own, one of its tags', the company's."""
        tagged = self.search([("category_ids", "!=", False), ("company_id", "in", (False, company.id))])
        default = company._dunning_policy()
        found = {}
        for partner in partners:
            by_tag = next((policy for policy in tagged if policy.category_ids & partner.category_id), None)
            own = partner.dunning_policy_id
            found[partner] = own or by_tag or default
        return found

    @api.model
    def _addresses(self, company, partners, own_contacts):
        """Whom to write to, by client: its dunning contact, invoice addresses, the invoices' own contact, itself.

        Addresses that bounced before are left out.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.id, p.commercial_partner_id, p.type, p.email
                  FROM res_partner p
                 WHERE p.commercial_partner_id = ANY(%s) AND p.active AND p.email IS NOT NULL
              ORDER BY p.id
                """,
                partners.ids,
            )
        )
        bad = {
            (client, email)
            for client, email in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT partner_id, email_to FROM msp_dunning_outbox
                     WHERE company_id = %s AND partner_id = ANY(%s) AND state IN ('bounced', 'failed')
                    """,
                    company.id,
                    partners.ids,
                )
            )
        }
        by_client = defaultdict(list)
        for contact, client, kind, email in rows:
            address = email_normalize(email)
            if address and (client, address) not in bad:
                by_client[client].append((contact, kind, address))
        result = {}
        for partner in partners:
            chosen = partner.dunning_contact_id.id
            own = set(own_contacts[partner.id])
            ranked = sorted(
                (_rank(contact, kind, chosen, own, partner.id), contact, address)
                for contact, kind, address in by_client[partner.id]
            )
            result[partner.id] = [(contact, address) for rank, contact, address in ranked if rank < 9]
        return result


def _rank(contact, kind, chosen, own, client):
    """How well a contact fits to be reminded; 9: not at all."""
    if contact == chosen:
        return 0
    if kind == "invoice":
        return 1
    if contact in own:
        return 2
    return 3 if contact == client else 9


def _decimal(amount):
    """A stored amount without the dust of floats (a numeric column has at most a handful of digits)."""
    return Decimal(str(amount)) if amount is not None else ZERO


def _instalments(lines, reminded):
    """The open instalments of one invoice, its disputed amount spread over them."""
    first = lines[0]
    residuals = [_decimal(row["residual"]) for row in lines]
    wanted = ZERO
    if first["is_disputed"]:
        wanted = _decimal(first["disputed_amount"]) or sum(residuals, ZERO)
    paused = bool(first["dunning_paused"])
    return [
        Instalment(
            id=row["id"],
            move_id=row["move_id"],
            client_id=row["client_id"],
            currency_id=row["currency_id"],
            date_due=row["date_due"],
            residual=residual,
            disputed=disputed,
            company_residual=_decimal(row["company_residual"]),
            paused=paused,
            paused_until=row["dunning_paused_until"],
            promised_on=row["promise_date"],
            # A pause or dispute sets the flag too; those speak for themselves.
            is_excluded=bool(row["no_followup"]) and not row["dunning_flagged"],
            is_blocked=row["payment_state"] == "blocked",
            reminded=frozenset(reminded.get(row["id"], ()))
            | frozenset(reminded.get((row["move_id"], row["date_due"]), ())),
        )
        for row, residual, disputed in zip(lines, residuals, share_dispute(wanted, residuals), strict=True)
    ]
