"""The chance that a draft is wrong: detectors over a client's history, put together and calibrated."""
