"""`make pictures`: every picture of the documentation. docs/images/cards/<state>-<theme>.png has every state of a card,
light and dark; docs/images/<name>.png the `SHOTS` of an evening on which everything is connected.

`python -m tests.pictures chat members` takes these of the evening alone."""

from __future__ import annotations

import json
import os
import sys

from playwright.sync_api import Browser, sync_playwright

from lumio.env import ROOT
from tests.browsers import chromium
from tests.pictures.camera import opened, take
from tests.pictures.evening import evening
from tests.pictures.pages import SHOTS
from tests.processes.cluster import Lumio

OUT = ROOT / "docs" / "images"
#: Around a part of a page, in pixels.
MARGIN = 24
#: Milliseconds until pictures within a page are there, and lists have filled.
SETTLED = 1500


def main(names: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), chromium_sandbox=os.geteuid() != 0)
        if not names:
            take_cards(browser)
        take_evening(browser, names)
        browser.close()


def take_cards(browser: Browser) -> None:
    """Each of an account of its own; no process runs that would change a state."""
    with Lumio(redis_url=os.environ["REDIS_URL"], worker=0, beat=0, ingest=0) as lumio:
        script = "from tests.pictures import cards; cards.make()"
        made = json.loads(lumio.manage("shell", "--no-imports", "--command", script).splitlines()[-1])
        for old in (OUT / "cards").glob("*.png"):
            old.unlink()
        url = f"{lumio.url}/dashboard/connections"
        for picture in made:
            for theme in ("light", "dark"):
                with opened(browser, url, session=picture["cookie"], size=(480, 900), theme=theme) as page:
                    file = OUT / "cards" / f"{picture['name']}-{theme}.png"
                    take(page, file, f"#card-{picture['platform']}")


def take_evening(browser: Browser, names: list[str]) -> None:
    with evening(os.environ["REDIS_URL"], browser) as stage:
        sessions = {"owner": stage.session, "moderator": stage.places["moderator"], "": ""}
        for shot in SHOTS:
            if names and shot.name not in names:
                continue
            stage.rewind_music()
            url = stage.lumio.url + shot.path.format(**stage.places)
            with opened(browser, url, session=sessions[shot.who], size=shot.size, scale=shot.scale) as page:
                page.wait_for_timeout(SETTLED)
                if shot.act is not None:
                    shot.act(page)
                    page.wait_for_timeout(SETTLED)
                take(page, OUT / f"{shot.name}.png", shot.part, MARGIN)


if __name__ == "__main__":
    main(sys.argv[1:])
