"""Files for overlays: brought by dropping and choosing them, seen, listened to, named and removed."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.e2e.people import claim, overflow
from tests.overlays import media as files
from tests.processes.cluster import Lumio


def drop(page: Page, **named: bytes) -> None:
    """Files as they come from the desktop, all at once."""
    contents = {name.replace("_", "."): base64.b64encode(content).decode() for name, content in named.items()}
    page.evaluate(
        """(contents) => {
          const dataTransfer = new DataTransfer();
          for (const [name, content] of Object.entries(contents)) {
            dataTransfer.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name));
          }
          const place = document.querySelector("upload-drop");
          for (const type of ["dragover", "drop"]) {
            place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
          }
        }""",
        contents,
    )


def is_drawn(page: Page) -> bool:
    return page.locator(".uploads__whole img").evaluate("(image) => image.complete && image.naturalWidth === 8")


def test_a_file_from_the_desktop_to_its_end(lumio: Lumio, twitch, page):
    claim(page, lumio)
    page.get_by_role("link", name="Uploads").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()

    # Dropped: each is sent by itself, and one that is refused says why.
    drop(page, Wave_png=files.png(), Evil_svg=files.SVG, Chime_wav=files.WAV)
    lines = page.locator(".drop__file")
    expect(lines).to_have_count(3)
    expect(lines.nth(0)).to_contain_text("Uploaded.")
    expect(lines.nth(1)).to_contain_text("SVG files can hold programs, so Lumio takes none.")
    expect(lines.nth(2)).to_contain_text("Uploaded.")
    expect(page.locator(".uploads__file")).to_have_count(2)

    # Chosen.
    page.locator("input[type=file]").set_input_files({"name": "Cat.gif", "mimeType": "", "buffer": files.gif()})
    expect(page.locator(".uploads__file")).to_have_count(3)
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 800})

    # Seen where it is served, which has no cookies.
    page.get_by_role("link", name="Wave.png").click()
    expect(page.locator(".uploads__whole img")).to_be_visible()
    assert is_drawn(page)
    address = page.locator("#upload-address").input_value()
    assert address.startswith("http://overlay.localhost:")
    page.get_by_label("Name").fill("Hello")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Hello” is saved.")).to_be_visible()

    # Removed, after it was said what comes of it.
    page.get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("No layer shows it.")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("“Hello” is removed.")).to_be_visible()
    expect(page.locator(".uploads__file")).to_have_count(2)
    parts = urlsplit(address)
    gone = requests.get(f"{lumio.url}{parts.path}", headers={"Host": parts.netloc}, timeout=10)
    assert (gone.status_code, gone.content) == (404, b"")


@pytest.mark.trial
def test_without_a_script_a_form_does_it(lumio: Lumio, twitch, page, browser):
    claim(page, lumio)
    state = page.context.storage_state()
    plain = browser.new_context(java_script_enabled=False, storage_state=state, locale="en-GB")
    form = plain.new_page()
    form.goto(f"{lumio.url}/dashboard/uploads")

    form.locator("input[type=file]").set_input_files(
        [
            {"name": "Wave.png", "mimeType": "", "buffer": files.png()},
            {"name": "Words.txt", "mimeType": "", "buffer": b"x"},
        ]
    )
    form.get_by_role("button", name="Upload").click()

    expect(form.get_by_text("One file is here.")).to_be_visible()
    expect(form.get_by_text("Words.txt: Lumio takes pictures as PNG")).to_be_visible()
    expect(form.locator(".uploads__file")).to_have_count(1)
    plain.close()
