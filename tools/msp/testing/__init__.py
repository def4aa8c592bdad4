"""``./msp test``: plan the parts, run them side by side, add up."""
