"""`make pictures`: docs/images/cards/<state>-<theme>.png, one for every state of a card, light and dark, and
docs/images/connections.png, the page of whoever has connected everything."""

from __future__ import annotations

import json
import os
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from lumio.env import ROOT
from tests.browsers import chromium
from tests.processes.cluster import Lumio

OUT = ROOT / "docs" / "images" / "cards"
WINDOW, DESK = {"width": 480, "height": 900}, {"width": 1440, "height": 900}


def main() -> None:
    with Lumio(redis_url=os.environ["REDIS_URL"], worker=0, beat=0, ingest=0) as lumio:
        script = "from tests.pictures import cards; cards.make()"
        made = json.loads(lumio.manage("shell", "--no-imports", "--command", script).splitlines()[-1])
        OUT.mkdir(parents=True, exist_ok=True)
        for old in OUT.glob("*.png"):
            old.unlink()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), chromium_sandbox=os.geteuid() != 0)
            *states, whole = made
            take(browser, lumio, whole, "dark", OUT.parent / "connections.png")
            for picture in states:
                for theme in ("light", "dark"):
                    take(browser, lumio, picture, theme, OUT / f"{picture['name']}-{theme}.png")
            browser.close()
    print(f"{2 * len(states)} pictures in {OUT.relative_to(ROOT)}")


def take(browser: Browser, lumio: Lumio, picture: dict[str, str], theme: str, file: Path) -> None:
    context = browser.new_context(
        viewport=WINDOW if picture["platform"] else DESK,
        color_scheme=theme,
        reduced_motion="reduce",
        locale="en-GB",
    )
    context.add_cookies([{"name": "lumio_session", "value": picture["cookie"], "url": lumio.url}])
    page = context.new_page()
    page.goto(f"{lumio.url}/dashboard/connections")
    what = page.locator(f"#card-{picture['platform']}") if picture["platform"] else page
    what.screenshot(path=file, animations="disabled")
    context.close()


if __name__ == "__main__":
    main()
