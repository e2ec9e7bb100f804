"""The editor's modules find in the page what they ask it for: words, templates and icons."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from overlays import editor_words
from overlays.layers import LAYERS, VARIATION

ROOT = Path(settings.ROOT)
SCRIPTS = {path.name: path.read_text() for path in (ROOT / "static/js/editor").glob("*.js")}
BLANKS = (ROOT / "templates/overlays/_editor_blanks.html").read_text()
PAGE = BLANKS + "".join(
    (ROOT / f"templates/overlays/{name}.html").read_text() for name in ("editor", "_editor_dialogs", "_editor_align")
)


def found(pattern: str, text: str | None = None) -> set[str]:
    return set(re.findall(pattern, "".join(SCRIPTS.values()) if text is None else text))


def test_every_word_that_is_said_is_there():
    said = found(r"\bwords\.(\w+)")

    assert len(said) > 50
    assert said - editor_words.catalogue().keys() - {"js"} == set()


def test_every_kind_of_setting_has_a_field():
    kinds = {setting.kind for form in LAYERS.values() for setting in form.settings} | {one.kind for one in VARIATION}
    fields = SCRIPTS["fields.js"].partition("const KINDS = {")[2].partition("};")[0]

    assert kinds - found(r"(\w+)[:,]", fields) == {"rows"}  # has a module of its own


def test_every_template_and_part_that_is_asked_for_is_there():
    blanks = found(r'blank\("([\w-]+)"\)') | {"panel-layer", "panel-several", "panel-overlay"}

    assert blanks - found(r'data-blank="([\w-]+)"', BLANKS) == set()
    assert found(r'part\("([\w-]+)"\)', SCRIPTS["editor.js"]) - found(r'data-part="([\w-]+)"', PAGE) == set()
    assert found(r'slotOf\([\w.#]+(?:\("[\w-]+"\))?, "([\w-]+)"\)') - found(r'data-slot="([\w-]+)"', PAGE) == set()
