"""The documentation hangs together: links and pictures are there, every page is listed, and words of pages are quoted
as they are."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from accounts.enums import Permission
from lumio.env import ROOT
from tests.pictures import pages

DOCS = ROOT / "docs"
IMAGES = DOCS / "images"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
#: A link or a picture; what stands in code is neither.
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
#: What one is told to press, choose or open: "under **Connections → App Credentials**".
PRESSED = re.compile(r"(?:press|click|choose|tick|open|under|with)(?: the)?\s+\*\*(.+?)\*\*", re.DOTALL | re.IGNORECASE)
#: Of that, what stands in other programs alone.
ELSEWHERE = {"Agree", "Apply", "Auto Start", "Custom Browser Docks", "Docks", "Start Server"}
#: Bytes of a picture, at most.
LARGEST = 150_000


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def links(page: Path) -> list[str]:
    """Those that lead into this repository."""
    found = LINK.findall(CODE.sub("", text_of(page)))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(heading) for heading in HEADING.findall(re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL))}


def pictures_of(page: Path) -> set[Path]:
    return {(page.parent / link).resolve() for link in links(page) if link.endswith(".png")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for link in links(page):
        path, _, part = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not part or part in anchors(target), link


def test_every_page_is_listed():
    listed = {(DOCS / link.partition("#")[0]).resolve() for link in links(DOCS / "README.md")}

    wanted = {page for page in DOCS.rglob("*.md") if page.parent != DOCS / "decisions"} - {DOCS / "README.md"}
    assert wanted - listed == set()


def test_every_picture_is_small_shown_and_made_by_make_pictures():
    """Of the cards one theme is shown, and both are made."""
    kept = set(IMAGES.glob("*.png"))
    shown = {picture for page in PAGES for picture in pictures_of(page)}

    assert {picture.stem for picture in kept} == {shot.name for shot in pages.SHOTS}
    assert kept - shown == set()
    assert [picture.name for picture in IMAGES.rglob("*.png") if picture.stat().st_size > LARGEST] == []


def test_help_and_troubleshooting_have_the_same_parts(ada_client):
    told = re.findall(r'<a href="#[\w-]+">([^<]+)</a></li>', ada_client.get("/dashboard/help").content.decode())

    paper = re.findall(r"^## (.+)$", text_of(DOCS / "users" / "troubleshooting.md"), re.MULTILINE)
    assert paper == [*told, "If none of this helps"]


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every sentence and label of the product."""
    catalogue = polib.pofile(str(ROOT / "locale/de/LC_MESSAGES/django.po"))
    return {" ".join(entry.msgid.split()) for entry in catalogue} | {code.value for code in Permission}


@pytest.mark.parametrize("page", sorted((DOCS / "users").glob("*.md")), ids=lambda page: page.name)
def test_what_is_to_be_pressed_is_called_as_the_product_calls_it(page, said):
    ways = PRESSED.findall(CODE.sub("", text_of(page)))
    pressed = {part for way in ways for part in " ".join(way.split()).split(" → ")}

    assert [part for part in sorted(pressed - ELSEWHERE) if not any(part in sentence for sentence in said)] == []
