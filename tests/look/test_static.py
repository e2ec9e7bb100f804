"""The static files fit together, as they are and as `collectstatic` renames them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.processes import made

STATIC = Path(settings.ROOT) / "static"
CSS = STATIC / "css"
#: What `collectstatic` calls a file: its hash is in its name.
HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css|svg|woff2)$")


def test_entry_imports_every_component_once():
    imported = re.findall(
        r'@import url\("components/([\w-]+)\.css"\) layer\(components\);', (CSS / "dashboard.css").read_text()
    )

    assert imported == sorted(path.stem for path in (CSS / "components").glob("*.css"))


@pytest.mark.parametrize("path", sorted((CSS / "components").glob("*.css")), ids=lambda path: path.stem)
def test_component_reads_roles_and_its_own_variables_only(path):
    css = path.read_text()
    tokens = (CSS / "tokens.css").read_text()
    roles = tokens.partition("/* roles */")[2]
    known = set(re.findall(r"(--[\w-]+):", roles)) | set(re.findall(r"(--[\w-]+):", css)) | {"--platform"}

    assert set(re.findall(r"var\((--[\w-]+)", css)) - known == set()


@pytest.mark.parametrize("name", ["live", "feed", "chat", "music", "obs"])
def test_sheet_of_popouts_and_the_dashboard_reads_roles_that_both_have(name):
    css = (CSS / f"{name}.css").read_text()
    popouts, dashboard = (
        set(re.findall(r"(--color-[\w-]+):", (CSS / sheet).read_text())) for sheet in ("popout.css", "tokens.css")
    )

    assert set(re.findall(r"var\((--color-[\w-]+)", css)) - (popouts & dashboard) == set()
    assert re.findall(r"data-theme[^{]*\{[^}]*(?:#|rgb)[^}]*\}", css) == [], "a theme is in the roles"


def test_every_colour_of_a_popout_in_light_stands_once_and_is_one_in_dark():
    css = (CSS / "popout.css").read_text()
    dark, light = re.findall(r"^:root[^{]*\{(.+?)^\}", css, re.MULTILINE | re.DOTALL)
    names = re.findall(r"(--[\w-]+):", light)

    assert "prefers-color-scheme" not in css
    assert sorted(names) == sorted(set(names) & set(re.findall(r"(--[\w-]+):", dark)))


@pytest.mark.parametrize("name", ["popout", "live", "feed", "chat", "music", "obs", "bridge", "overlay"])
def test_popouts_stay_readable_for_the_browser_in_old_obs(name):
    """Chromium 103 knows neither nesting, OKLCH, color-mix(), light-dark(), :has() nor range media queries."""
    css = re.sub(r"/\*.*?\*/", "", (CSS / f"{name}.css").read_text(), flags=re.DOTALL)

    assert re.findall(r"oklch|color-mix|light-dark|:has\(|@layer|@container|\(width [<>]|(?<=[\s;{])&", css) == []
    assert re.search(r"\{[^{}@]*\{", re.sub(r"@(media|keyframes|font-face|supports)[^{]*\{", "", css)) is None


def test_collected_modules_import_each_other_by_their_hashed_names():
    collected = made.static(os.environ)
    modules = [path for path in (collected / "js").rglob("*.js") if HASHED.search(path.name)]
    imports = [
        (module, module.parent / name)
        for module in modules
        for name in re.findall(r"""^(?:import|export)\b[^"';(]*["'](\.[^"']+)["']""", module.read_text(), re.MULTILINE)
    ]
    assert len(imports) >= len(list((STATIC / "js/elements").glob("*.js")))
    for module, target in imports:
        assert HASHED.search(target.name), f"{module.name} imports {target.name}"
        assert target.exists()


def test_collected_style_sheets_are_in_one_piece():
    """What is imported has no addresses that mean something else where it is imported, so that it can stand there."""
    collected = made.static(os.environ) / "css"
    whole = next(collected.glob("dashboard.????????????.css")).read_text()

    parts = [path for path in CSS.glob("components/*.css") if path.read_text().strip() not in whole]
    assert parts == []
    for sheet in collected.glob("*.????????????.css"):
        css = sheet.read_text()
        assert "@import" not in css
        for name in re.findall(r'url\("(?!data:)([^"]+)"\)', css):
            assert HASHED.search(name)
            assert (sheet.parent / name).exists()
    assert [path.name for path in CSS.glob("components/*.css") if re.search(r'url\("(?!data:)', path.read_text())] == []
