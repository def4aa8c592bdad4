"""Importing this package registers the rules that need no long history."""

from . import agreement, amounts, contract, duplicates, header, history, notes, taxes, time
