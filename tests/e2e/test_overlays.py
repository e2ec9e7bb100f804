"""An overlay from its making to its end, without laying anything out: its address, its open pages, its timers."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.people import claim, overflow


def test_an_overlay_from_its_making_to_its_end(lumio, twitch, page, other_browser):
    claim(page, lumio)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{lumio.url}/dashboard/overlays")
    page.get_by_role("link", name="New Overlay").click()
    page.get_by_label("Name").fill("Main scene")
    page.get_by_text("Full set").click()
    page.get_by_role("button", name="Create overlay").click()
    expect(page.get_by_role("heading", name="Main scene")).to_be_visible()
    expect(page.locator("[data-part=note]")).to_contain_text("Main scene is made.")

    # Its address is copied without being on the page.
    page.goto(f"{lumio.url}/dashboard/overlays")
    page.get_by_role("button", name="Copy the address of Main scene").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    address = page.evaluate("navigator.clipboard.readText()")
    assert "/overlay/" in address
    assert address.rpartition("/")[2] not in page.content()

    # Where it is open says so by itself, in the list and on its own page.
    obs = other_browser.new_page()
    obs.goto(address)
    expect(obs.locator(".layer")).to_have_count(5)
    expect(page.get_by_role("link", name="1 source connected")).to_be_visible()
    page.get_by_role("link", name="1 source connected").click()
    expect(page.locator("#sources")).to_contain_text("Chrome")
    expect(page.locator("#sources")).to_contain_text("this version of Lumio")
    page.set_viewport_size({"width": 360, "height": 780})
    assert overflow(page) == 0
    page.set_viewport_size({"width": 1280, "height": 800})

    # A new address ends the page with the old one, and the QR code is hidden in streamer mode.
    page.get_by_role("button", name="Make a new address").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a new address").click()
    expect(page.get_by_text("There is a new address.")).to_be_visible()
    expect(obs.locator(".layer")).to_have_count(0)
    page.get_by_text("As a QR code").click()
    expect(page.get_by_role("img", name="QR code with the address")).to_be_visible()

    # A copy, and the end of both.
    page.goto(f"{lumio.url}/dashboard/overlays")
    page.get_by_role("button", name="Duplicate Main scene").click()
    expect(page.get_by_text("Main scene 2 is a copy with an address of its own.")).to_be_visible()
    for name in ("Main scene 2", "Main scene"):
        page.get_by_role("button", name=f"Delete {name}", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_text(f"{name} is deleted.")).to_be_visible()
    expect(page.get_by_text("No overlays yet")).to_be_visible()
