from . import (
    test_check_promise,
    test_dunning_aging,
    test_dunning_collect,
    test_dunning_demo,
    test_dunning_fees,
    test_dunning_guard,
    test_dunning_opened,
    test_dunning_rights,
    test_dunning_send,
    test_dunning_smtp,
    test_dunning_tours,
)
