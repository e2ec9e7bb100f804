"""A second factor, a passkey and a lost password, in the browser."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.people import EMAIL, PASSWORD, claim, overflow
from tests.processes.cluster import Lumio

PHONE = {"width": 360, "height": 740}


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an app shows now, or `steps` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.fixture
def device(page: Page) -> Iterator[None]:
    """A device that keeps passkeys and whose owner says yes, as a laptop with a finger reader is."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    protocol.detach()


def open_security(page: Page, lumio: Lumio) -> None:
    page.goto(f"{lumio.url}/account/security")
    expect(page.get_by_role("heading", name="Security", level=1)).to_be_visible()


def confirm(page: Page) -> None:
    """The password once more."""
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def sign_out(page: Page) -> None:
    page.locator("#sidebar summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()


def give_password(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_up_app(page: Page, lumio: Lumio) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes that came with it."""
    open_security(page, lumio)
    page.get_by_role("link", name="Set up").click()
    confirm(page)
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.get_by_label("Or type this secret into it").input_value()
    page.get_by_label("Authenticator code").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("This is the only time Lumio shows them.")).to_be_visible()
    return secret, page.locator(".codes li").all_inner_texts()


def test_a_passkey_signs_in_without_a_password(lumio, page, device):
    claim(page, lumio)
    open_security(page, lumio)
    page.get_by_role("link", name="Add passkey").click()
    confirm(page)
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_text("This is the only time Lumio shows them.")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator(".row", has_text="Laptop")).to_contain_text("Never used")

    # Instead of the password, and back to the page that asked.
    sign_out(page)
    page.goto(f"{lumio.url}/account/login/?next=/dashboard/tokens")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{lumio.url}/dashboard/tokens")

    # After the password, as the second factor.
    sign_out(page)
    give_password(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/dashboard")

    # To confirm something sensitive; the same device is not added twice.
    open_security(page, lumio)
    page.get_by_role("link", name="Add passkey").click()
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("alert")).to_have_text("This device already has a passkey for you here.")

    # Once removed it opens nothing.
    open_security(page, lumio)
    page.get_by_role("link", name="Remove Laptop").click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_text("No passkeys yet")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not match.")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()


def test_an_app_its_recovery_codes_and_the_limit_of_wrong_ones(lumio, page, other_browser):
    claim(page, lumio)
    secret, codes = set_up_app(page, lumio)
    assert len(set(codes)) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as text").click()
    assert download.value.suggested_filename == "lumio-recovery-codes.txt"
    assert download.value.path().read_text().split() == codes
    page.reload()
    expect(page.get_by_text("Shown once already.")).to_be_visible()

    sign_out(page)
    give_password(page)
    page.get_by_label("Code").fill(code_of(secret, steps=1))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")

    # A recovery code signs in once.
    stranger = other_browser.new_page()
    for expected in ("Welcome, Mira live", "One more step"):
        other_browser.clear_cookies()
        stranger.goto(f"{lumio.url}/account/login/")
        give_password(stranger)
        stranger.get_by_label("Code").fill(codes[0])
        stranger.get_by_role("button", name="Sign in").click()
        expect(stranger.get_by_role("heading", name=expected)).to_be_visible()

    # Guessing ends, also for the right code.
    for _ in range(4):
        stranger.get_by_label("Code").fill("000000")
        stranger.get_by_role("button", name="Sign in").click()
        expect(stranger.get_by_text("That did not match.")).to_be_visible()
    stranger.get_by_label("Code").fill(codes[1])
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_text("Try again in five minutes.")).to_be_visible()


def test_ending_a_session_closes_its_pages_at_once(lumio, page, other_browser: BrowserContext):
    claim(page, lumio)
    other = other_browser.new_page()
    other.goto(f"{lumio.url}/account/login/")
    give_password(other)
    other.wait_for_url("**/dashboard")
    with other.expect_websocket() as opened:
        other.goto(f"{lumio.url}/popout/events")
    expect(other.get_by_text("Nothing has happened yet")).to_be_visible()
    socket = opened.value

    open_security(page, lumio)
    expect(page.locator(".section").last.locator(".row")).to_have_count(2)
    with socket.expect_event("close"):
        page.get_by_role("button", name="End Chrome on Linux").click()
        confirm(page)

    expect(page.get_by_text("Session ended.")).to_be_visible()
    expect(page.locator(".section").last.locator(".row")).to_have_count(1)
    other.goto(f"{lumio.url}/dashboard")
    expect(other.get_by_role("heading", name="Welcome back")).to_be_visible()


@pytest.mark.trial
def test_a_forgotten_password_and_a_lost_phone(lumio, page, other_browser):
    claim(page, lumio)
    set_up_app(page, lumio)

    # The link changes the password and ends every session; the second factor stays.
    lost = other_browser.new_page()
    lost.goto(lumio.manage("reset_link", EMAIL).split()[-1])
    assert "set-password" in lost.url  # the key has left the address
    new = "quite another long passphrase"
    lost.get_by_label("New Password", exact=True).fill(new)
    lost.get_by_label("New Password (again)").fill(new)
    lost.get_by_role("button", name="Set the password").click()
    lost.get_by_role("link", name="Sign in").click()
    give_password(lost, new)
    expect(lost.get_by_role("heading", name="One more step")).to_be_visible()
    page.goto(f"{lumio.url}/dashboard")
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()

    # Without the phone an operator takes the factor away.
    lost.goto(lumio.manage("reset_link", EMAIL, "--without-second-factor").split()[-1])
    lost.get_by_label("New Password", exact=True).fill(PASSWORD)
    lost.get_by_label("New Password (again)").fill(PASSWORD)
    lost.get_by_role("button", name="Set the password").click()
    lost.get_by_role("link", name="Sign in").click()
    give_password(lost)
    lost.wait_for_url("**/dashboard")


@pytest.mark.trial
def test_the_pages_fit_a_phone(lumio, page, device):
    claim(page, lumio)
    page.set_viewport_size(PHONE)
    set_up_app(page, lumio)
    assert overflow(page) == 0
    page.goto(f"{lumio.url}/account/2fa/passkeys/add/")
    page.get_by_label("Name").fill("A name without any end " + "e" * 37)
    page.get_by_role("button", name="Add passkey").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Security", level=1)).to_be_visible()
    assert overflow(page) == 0
    for address in ("app/remove/", "recovery-codes/", "recovery-codes/new/"):
        page.goto(f"{lumio.url}/account/2fa/{address}")
        assert overflow(page) == 0, address
