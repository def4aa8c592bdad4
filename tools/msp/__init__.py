"""Tooling of MSP Finance: what the command ``./msp`` does.

Everything that runs before the virtual environment exists needs the standard library alone.
"""
