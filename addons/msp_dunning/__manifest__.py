{
    "name": "MSP Dunning",
    "summary": "Reminders that are never wrong, timeline, disputes, promises, aging for managed service providers",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "author": "MSP Finance",
    "license": "LGPL-3",
    "depends": ["msp_billing"],
    "data": [],
}
