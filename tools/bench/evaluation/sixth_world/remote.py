"""The RPC client and the master data both ways need."""

import time
import xmlrpc.client

from .catalogue import ITEMS

BATCH = 60


class Remote:
    """One user's calls. Refusals are kept in ``troubles``: they are findings of this judge."""

    def __init__(self, url, database, login, password):
        self.where = (url, database)
        self.database, self.password = database, password
        self.uid = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common").authenticate(database, login, password, {})
        if not self.uid:
            raise SystemExit(f"{login} may not log in to {database}")
        self.models = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)
        self.troubles, self.seconds = [], {}

    def __call__(self, model, method, *args, **options):
        begun = time.monotonic()
        try:
            return self.models.execute_kw(self.database, self.uid, self.password, model, method, list(args), options)
        finally:
            key = f"{model}.{method}"
            calls, seconds = self.seconds.get(key, (0, 0.0))
            self.seconds[key] = (calls + 1, seconds + time.monotonic() - begun)

    def attempt(self, what, model, method, *args, **options):
        """The answer, or None where the product refused; the refusal is noted."""
        try:
            return self(model, method, *args, **options)
        except xmlrpc.client.Fault as fault:
            self.troubles.append({"what": what, "call": f"{model}.{method}", "fault": fault.faultString[-600:]})
            return None

    def create_all(self, model, rows):
        ids = []
        for begin in range(0, len(rows), BATCH):
            ids += self(model, "create", rows[begin : begin + BATCH])
        return ids

    def find(self, model, domain, names, **options):
        return self(model, "search_read", domain, names, **options)


def finance_manager(admin, login="judge6", password="judge6-secret"):
    """A user with the finance manager's rights, made by the administrator."""
    if not admin.find("res.users", [("login", "=", login)], ["id"]):
        group = admin.find(
            "ir.model.data", [("module", "=", "msp_billing"), ("name", "=", "msp_billing_group_manager")], ["res_id"]
        )[0]["res_id"]
        admin(
            "res.users",
            "create",
            [
                {
                    "name": "Judge",
                    "login": login,
                    "password": password,
                    "email": "judge@example.com",
                    "group_ids": [(4, group)],
                }
            ],
        )
    return Remote(*admin.where, login, password)


class Masters:
    """Taxes, products, an employee: ids by name."""

    def __init__(self, admin, included_at=0.0):
        """``included_at``: list price of what is billed at 0 as included in another service."""
        self.included_at = included_at
        self.tax = admin.find("account.tax", [("type_tax_use", "=", "sale"), ("amount", "=", 15)], ["id"])[0]["id"]
        self.position, self.no_tax = self._exemption(admin)
        self.products = self._products(admin)
        self.term = admin.find("account.payment.term", [("name", "ilike", "30")], ["id"])[0]["id"]
        self.employee = admin(
            "hr.employee", "create", [{"name": "Terry Technician", "work_email": "terry@example.com"}]
        )[0]
        admin("res.company", "write", [1], {"email": "billing@example.com"})

    def _exemption(self, admin):
        position = admin("account.fiscal.position", "create", [{"name": "Tax exempt organisation"}])[0]
        values = {
            "name": "Exempt 0%",
            "amount": 0,
            "type_tax_use": "sale",
            "fiscal_position_ids": [(4, position)],
            "original_tax_ids": [(4, self.tax)],
        }
        return position, admin("account.tax", "create", [values])[0]

    def _products(self, admin):
        rows = []
        for item in ITEMS:
            row = {
                "name": item.name,
                "default_code": item.code,
                "type": "service" if item.code != "LAPTOP" else "consu",
                "list_price": self.included_at if item.kind == "included" else item.price,
                "standard_price": item.cost,
                "taxes_id": [(6, 0, [self.tax])],
                "invoice_policy": "order",
            }
            if item.kind == "block":
                row |= {"is_hour_block": True, "block_hours": 5.0, "block_validity_months": 12}
            rows.append(row)
        ids = admin("product.product", "create", rows)
        return {item.code: product for item, product in zip(ITEMS, ids, strict=True)}

    def code_of(self, product):
        return next((code for code, known in self.products.items() if known == product), "")


def make_partners(remote, masters, clients):
    """A company partner for each client; half of the exempt ones carry the fiscal position in way B."""
    rows = []
    for client in clients:
        row = {
            "name": client.name,
            "is_company": True,
            "email": f"ap{client.number}@example.com",
            "property_payment_term_id": masters.term,
        }
        if client.exempt:
            row["property_account_position_id"] = masters.position
        rows.append(row)
    ids = remote.create_all("res.partner", rows)
    return {client.number: partner for client, partner in zip(clients, ids, strict=True)}
