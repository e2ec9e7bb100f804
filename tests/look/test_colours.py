"""Every pair of ink and ground that components use is readable, in both themes (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = dict(
    re.findall(r"^\s*(--[\w-]+):\s*([^;]+);", (Path(settings.ROOT) / "static/css/tokens.css").read_text(), re.MULTILINE)
)
GROUNDS = ["canvas", "surface", "raised", "field"]
TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in GROUNDS],
    *[(tone, ground) for tone in ("ok", "bad", "warn", "info") for ground in ("canvas", "surface", "raised")],
    *[(tone, f"{tone}-tint") for tone in ("ok", "bad", "warn", "info")],
    *[("ink", f"{tone}-tint") for tone in ("ok", "bad", "warn", "info")],
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("accent-ink", "surface"),
    ("accent-ink", "raised"),
    ("surface", "bad"),  # the full button of a dialog
]
SHAPES = [("accent-ink", "canvas"), ("accent-ink", "surface")]  # the ring around what has the focus


def value(role: str, theme: str) -> str:
    """The OKLCH colour behind a role in one theme."""
    colour = TOKENS[f"--color-{role}"]
    while not colour.startswith("oklch("):
        if colour.startswith("light-dark("):
            light, dark = re.fullmatch(r"light-dark\((.+), (.+)\)", colour).groups()
            colour = light if theme == "light" else dark
        else:
            colour = TOKENS[re.fullmatch(r"var\((--[\w-]+)\)", colour)[1]]
    return colour


def luminance(colour: str) -> float:
    """Relative luminance of `oklch(L C H)`; the matrices are those of CSS Color 4."""
    lightness, chroma, hue = (float(part) for part in colour[6:-1].split())
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long, medium, short = (
        (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(max(part, 0), 1) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, theme: str) -> float:
    low, high = sorted(luminance(value(role, theme)) for role in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_the_standard_does():
    assert luminance("oklch(1 0 0)") == pytest.approx(1, abs=1e-4)
    assert luminance("oklch(0.5 0 0)") == pytest.approx(0.125, abs=1e-4)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(ink, ground, theme):
    assert contrast(ink, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_focus_is_visible(shape, ground, theme):
    assert contrast(shape, ground, theme) >= 3
