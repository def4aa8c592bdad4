"""A fourth generator of billing histories, written blind: its author had read neither the detector nor the inside of the
other worlds. Each seed is an MSP of its own, each client bills and is recorded in its own way. Never fitted on."""
