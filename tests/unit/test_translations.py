"""The languages of the printed letters beside their template: nothing is translated that nobody says any more."""

from pathlib import Path

import polib
import pytest

FOLDER = Path(__file__).parents[2] / "addons" / "msp_billing" / "i18n"
LANGUAGES = ("de", "es", "fr", "nl")


def _terms(name):
    return {entry.msgid: entry for entry in polib.pofile(str(FOLDER / name))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_is_in_the_template_at_the_same_place(language):
    template = {
        term: {place for place, _line in entry.occurrences} for term, entry in _terms("msp_billing.pot").items()
    }
    stale = [
        term
        for term, entry in _terms(f"{language}.po").items()
        if not {place for place, _line in entry.occurrences} & template.get(term, set())
    ]
    assert not stale


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_term(language):
    found = _terms(f"{language}.po")
    assert found.keys() == _terms("de.po").keys()
    assert all(entry.msgstr for entry in found.values())
