"""A fifth generator of billing histories, written blind after the description in ANALYTICS.md 2.3 to 2.5 of the histories by
which others judge: one invoice a client and month, noise tuned until plain rules do as well as that text says they did."""
