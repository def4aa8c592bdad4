"""What this world's MSPs sell: list prices in US dollars a month, as of 2026."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """A product. ``driver`` says which count moves its quantity; ``passed_on`` is a vendor's price, not uplifted."""

    code: str
    name: str
    price: float
    cost: float
    driver: str = "fixed"
    passed_on: bool = False
    kind: str = "recurring"


ITEMS = (
    Item("MGD-USER", "Managed user", 95.0, 30.0, "users"),
    Item("MGD-WS", "Managed workstation", 55.0, 18.0, "devices"),
    Item("MGD-SRV", "Managed server", 165.0, 60.0, "servers"),
    Item("EDR", "Endpoint detection and response", 6.5, 3.1, "devices"),
    Item("SOC", "SOC monitoring", 12.0, 6.0, "devices"),
    Item("M365-BP", "Microsoft 365 Business Premium", 22.0, 18.7, "users", True),
    Item("M365-BS", "Microsoft 365 Business Standard", 12.5, 10.6, "light_users", True),
    Item("MAILSEC", "E-mail security", 3.5, 1.4, "users"),
    Item("M365-BKP", "Microsoft 365 backup", 4.0, 1.6, "users"),
    Item("BKP-SRV", "Server backup and recovery", 95.0, 38.0, "servers"),
    Item("FW", "Managed firewall", 85.0, 30.0),
    Item("WIFI", "Managed access point", 12.0, 4.0),
    Item("VOIP", "Hosted voice seat", 24.0, 11.0, "users"),
    Item("VCIO", "vCIO advisory", 750.0, 250.0),
    Item("HELPDESK", "Helpdesk, included", 0.0, 0.0, "fixed", False, "included"),
    Item("PATCH", "Patch management, included", 0.0, 0.0, "devices", False, "included"),
    Item("BLOCK-5", "Prepaid support, 5 hours", 650.0, 250.0, "fixed", False, "block"),
    Item("DOMAIN", "Domain registration, one year", 21.0, 12.0, "fixed", True, "annual"),
    Item("SSL", "TLS certificate, one year", 89.0, 40.0, "fixed", True, "annual"),
    Item("WARRANTY", "Firewall licence, one year", 640.0, 510.0, "fixed", True, "annual"),
    Item("PROJECT", "Project work, fixed price", 1800.0, 900.0, "fixed", False, "project"),
    Item("LAPTOP", "Business laptop", 1190.0, 1010.0, "fixed", True, "project"),
    Item("HOUR", "Support hour", 145.0, 60.0, "hours", False, "hours"),
)
BY_CODE = {item.code: item for item in ITEMS}
