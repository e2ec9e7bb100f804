"""What a pre-flight check finds, as people read it."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts.domain.findings import Kind, Tone

SPENT = Kind("spent", Tone.GOOD, "{spent} of {limit}")


@pytest.mark.parametrize(("language", "text"), [("en", "950 of 10,000"), ("de", "950 of 10.000")])
def test_numbers_are_written_as_in_the_language_of_the_reader(language, text):
    with translation.override(language):
        assert SPENT.found(spent=950, limit=10_000).text() == text
