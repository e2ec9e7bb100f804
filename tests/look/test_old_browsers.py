"""Overlays use nothing that the browser inside OBS 28 to 31, Chromium 103, does not know. What runs there is tried in
tests/e2e/test_old_obs.py; this names the line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.ROOT) / "static"
OVERLAY = STATIC / "js/overlay"
#: What came later: a pattern, and the version of Chromium that brought it.
SCRIPT = {
    r"\.(toSorted|toReversed|toSpliced|with)\(": 110,
    r"\b(Object|Map)\.groupBy\(": 117,
    r"\bPromise\.(withResolvers|try)\(": 119,
    r"\bURL\.(canParse|parse)\(": 120,
    r"\bArray\.fromAsync\(": 121,
    r"\.(isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference|difference|intersection|union)\(": 122,
    r"\bIterator\.|\.(values|keys|entries)\(\)\.(map|filter|take|drop|toArray|some|every|find|reduce)\(": 122,
    r"\.(checkVisibility)\(": 105,
    r"\b(popover|showPopover|hidePopover|togglePopover|popovertarget)\b": 114,
    r"\bscrollend\b": 114,
    r"\.(setHTML|setHTMLUnsafe|moveBefore|requestClose)\(": 124,
    r"\bAbortSignal\.any\(": 116,
    r"\.(isWellFormed|toWellFormed)\(": 111,
    r"\bIntl\.DurationFormat\b": 129,
    r"\bstartViewTransition\b": 111,
    r"\bRegExp\.escape\(": 136,
    r"\bwith \{ type:": 123,
    r"(?<=[\w)\]])\s*/[a-z]*v[a-z]*\b(?=[.,;)])": 112,
    r"^\s*(await )?using \w+ =": 134,
}
STYLE = {
    r"\boklch\(|\boklab\(|\bcolor-mix\(|\blab\(|\blch\(": 111,
    r"\blight-dark\(": 123,
    r":has\(": 105,
    r"@container|\bcontainer-(type|name)\b|\d(cqw|cqh|cqi|cqb)\b": 105,
    r"\(\s*(width|height)\s*[<>]": 104,
    r"(?:^|[;{\s])(translate|rotate|scale)\s*:": 104,
    r"(?:^|[;{\s])mask(-[\w-]+)?\s*:": 120,
    r"\d(dvh|svh|lvh|dvw|svw|lvw)\b": 108,
    r"\d(lh|rlh)\b": 109,
    r"\btext-wrap\b": 114,
    r"\b(field-sizing|interpolate-size|anchor-name|position-anchor|animation-composition|animation-timeline)\b": 112,
    r"@(starting-style|scope|position-try|view-transition)\b": 117,
    r"\bpaint-order\b": 123,
    r"\b(round|rem|mod|sin|cos|tan|exp|pow|sqrt|hypot|log|abs|sign)\(": 111,
    r"(?<=[\s;{])&": 112,
}


def modules_of_overlays() -> list[Path]:
    """All modules of overlays, and those that they import."""
    found: set[Path] = set()
    ahead = list(OVERLAY.rglob("*.js"))
    while ahead:
        path = ahead.pop()
        if path not in found:
            found.add(path)
            names = re.findall(r"""^(?:import|export)\b[^"';(]*["'](\.[^"']+)["']""", path.read_text(), re.MULTILINE)
            ahead += [(path.parent / name).resolve() for name in names]
    return sorted(found)


def found_in(text: str, too_new: dict[str, int]) -> list[str]:
    bare = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    return [
        f"{match[0].strip()} (Chromium {version})"
        for pattern, version in too_new.items()
        for match in re.finditer(pattern, bare, re.MULTILINE)
    ]


@pytest.mark.parametrize("path", modules_of_overlays(), ids=lambda path: path.relative_to(STATIC).as_posix())
def test_script_of_an_overlay_is_for_chromium_103(path):
    assert found_in(path.read_text(), SCRIPT) == []


@pytest.mark.parametrize("name", ["overlay", "fragments"])
def test_style_of_an_overlay_is_for_chromium_103(name):
    assert found_in((STATIC / f"css/{name}.css").read_text(), STYLE) == []


@pytest.mark.parametrize(
    "line",
    [
        "const sorted = rows.toSorted();",
        "const { promise } = Promise.withResolvers();",
        "for (const one of map.values().map(draw)) one();",
        "const found = /[\\p{L}--[a-z]]/v.exec(text)",
        "element.showPopover();",
    ],
)
def test_what_is_too_new_is_found(line):
    assert found_in(line, SCRIPT) != []


@pytest.mark.parametrize(
    "rule",
    [
        ".a { translate: 10px 0; }",
        ".a { mask: url(a.svg); }",
        ".a { color: color-mix(in srgb, red, blue); }",
        ".a { height: 100dvh; }",
        ".a { & b { color: red; } }",
    ],
)
def test_style_that_is_too_new_is_found(rule):
    assert found_in(rule, STYLE) != []
