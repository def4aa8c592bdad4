"""Labelled histories of an MSP's clients for ``./msp bench anomaly``: a world of its own, errors put in, facts made of it."""
