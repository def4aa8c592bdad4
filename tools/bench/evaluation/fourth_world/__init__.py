"""A fourth generator of billing histories, written blind: its author had read neither the detector nor the inside of the
other worlds. Each seed is an MSP of its own, each client bills and is recorded in its own way. First
measured as it was written, with the rules and the table of 957e174, which had never seen it (1,200 clients, seeds 5001–5004):
AUC-PR 0.461, recall at 5 % 0.496. Counted on since then; what is to be expected of a new world is measured by leaving it
out: ``./msp bench anomaly unseen``."""
