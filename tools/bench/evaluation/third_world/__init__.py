"""A third generator of billing histories, written blind: its author had read neither the rules, nor the weights, nor the
other two worlds when the histories and the mistakes were written. Never fitted on."""
