"""Takes pictures: without motion, and small enough for a repository."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from PIL import Image
from playwright.sync_api import Browser, Page

#: Of the palette that a picture comes out with. A page without photographs hardly needs more.
COLOURS = 256


@contextmanager
def opened(
    browser: Browser, url: str, *, session: str = "", size: tuple[int, int], theme: str = "dark", scale: int = 1
) -> Iterator[Page]:
    """The page at this address for whoever has this session, or for nobody, in a window of this size."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=scale,
        color_scheme="light" if theme == "light" else "dark",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    if session:
        context.add_cookies([{"name": "lumio_session", "value": session, "url": urljoin(url, "/")}])
    page = context.new_page()
    page.goto(url)
    yield page
    context.close()


def take(page: Page, file: Path, part: str = "", margin: int = 0) -> None:
    """Keep what the window shows; with a selector the first such part, and so many pixels of the page around it."""
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", full_page=bool(part))))
    if part:
        picture = picture.crop(_edges(page, part, margin))
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


def _edges(page: Page, part: str, margin: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom in pixels of the picture of the whole page."""
    edges: list[float] = page.locator(part).first.evaluate(
        """(element, margin) => {
          const { left, top, right, bottom } = element.getBoundingClientRect();
          const edges = [left - margin, top + scrollY - margin, right + margin, bottom + scrollY + margin];
          return edges.map((edge) => edge * devicePixelRatio);
        }""",
        margin,
    )
    return edges[0], edges[1], edges[2], edges[3]
