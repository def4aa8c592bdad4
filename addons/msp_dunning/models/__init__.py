# The models that others here extend come first.
from . import dunning_policy  # isort: skip
from . import dunning_event, dunning_outbox  # isort: skip
from . import (
    account_move,
    account_move_collect,
    account_move_protect,
    account_move_search,
    account_move_timeline,
    check_promise,
    dunning_dispute,
    dunning_facts,
    dunning_fee,
    dunning_outbox_mail,
    dunning_outbox_opened,
    dunning_outbox_send,
    dunning_outbox_smtp,
    dunning_policy_plan,
    dunning_policy_run,
    dunning_promise,
    res_company,
    res_partner,
    res_partner_collect,
)
from . import ledger_export  # isort: skip  # after the ledgers
