"""German is complete: every string is in the catalogue, translated, and compiled as it is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import Role

ROOT = Path(__file__).parents[2]
GERMAN = ROOT / "locale/de/LC_MESSAGES/django"
#: What `make messages` leaves out too, or what holds no strings.
NOT_SOURCE = shutil.ignore_patterns(".*", "__pycache__", "benchmarks", "docs", "node_modules", "static", "tests", "var")
#: {name}, %(name)s and tags: what has to be in a translation as it is in the original.
PLACE = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd]|<[^>]+>")
IN_TEMPLATE = re.compile(r"""\{%\s*translate\s+(?:'([^']+)'|"([^"]+)")""")

Key = tuple[str | None, str, str]


def key(entry: polib.POEntry) -> Key:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def forms(entry: polib.POEntry) -> list[str]:
    """The translation: one text, or one for each plural form."""
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


@pytest.fixture(scope="module")
def german() -> polib.POFile:
    return polib.pofile(f"{GERMAN}.po")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> polib.POFile:
    """What `makemessages` finds today. It works on a copy, because it writes beside the files it reads."""
    copy = tmp_path_factory.mktemp("source") / "lumio"
    shutil.copytree(ROOT, copy, ignore=NOT_SOURCE)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "de", "--no-location", "--keep-pot"]
    ran = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return polib.pofile(str(copy / "locale/django.pot"))


def test_catalogue_has_the_strings_of_the_source(german, found):
    assert {key(entry) for entry in german} == {key(entry) for entry in found}, "run `make messages`, then translate"


def test_every_string_of_a_template_is_found(found):
    marked = {
        single or double
        for template in (ROOT / "templates").rglob("*.html")
        for single, double in IN_TEMPLATE.findall(template.read_text())
    }
    assert len(marked) > 100  # attributes of components among them
    assert marked <= {entry.msgid for entry in found}


def test_everything_is_translated_and_nothing_guessed_or_left_over(german):
    assert [entry.msgid for entry in german if not entry.translated()] == []


def test_places_are_kept(german):
    for entry in german:
        originals = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        for original, text in zip(originals, forms(entry), strict=True):
            assert set(PLACE.findall(text)) == set(PLACE.findall(original)), entry.msgid


def test_quotation_marks_are_german(german):
    for entry in german:
        for text in forms(entry):
            assert "”" not in text
            assert text.count("„") == text.count("“"), entry.msgid


def test_compiled_catalogue_is_the_written_one(german):
    compiled = polib.mofile(f"{GERMAN}.mo")
    assert {key(entry): forms(entry) for entry in compiled} == {key(entry): forms(entry) for entry in german}


@pytest.mark.django_db
def test_page_speaks_the_browsers_language(client):
    page = client.get(reverse("account_login"), headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    content = page.content.decode()
    assert '<html lang="de"' in content
    assert "Willkommen zurück" in content


@pytest.mark.parametrize(("name", "label"), [("Viewer", "Beobachter"), ("Friends", "Friends")])
def test_default_role_is_translated_until_it_is_renamed(name, label):
    with translation.override("de"):
        assert Role(slug="viewer", name=name).label == label
