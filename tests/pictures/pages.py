"""What is pictured of Mira's evening: one `Shot` for each picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

DESK, PHONE = (1280, 800), (360, 760)


@dataclass(frozen=True)
class Shot:
    """`path` may name `Evening.places`. Without `part`, a selector, it is of the window; `act` is done before.

    `who` is whose browser it is: "owner", "moderator", or nobody's for what a token opens.
    """

    name: str
    path: str
    size: tuple[int, int] = DESK
    part: str = ""
    scale: int = 1
    who: str = "owner"
    act: Callable[[Page], object] | None = None


def _point_at_a_line(page: Page) -> None:
    page.locator(".line").filter(has_text="the light should blink").hover()


def _ask_for_remote_access(page: Page) -> None:
    page.get_by_label("Label").fill("Streaming PC")
    page.get_by_label("Password").fill("a password")
    page.get_by_label("Enable remote access").check()
    page.get_by_label("Host / IP").fill("203.0.113.7")


def _create_token(page: Page) -> None:
    page.get_by_label("Label").fill("Events in the scene Just Chatting")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_text("Copy it now.")).to_be_visible()


def _choose_alert_box(page: Page) -> None:
    page.get_by_role("radio", name="Like a game").check(force=True)
    page.get_by_text("Alert box", exact=True).first.click()


def _check_everything(page: Page) -> None:
    page.get_by_role("button", name="Check everything").click()
    expect(page.locator("main .banner").first).to_contain_text("to look at", timeout=30_000)


def _panic(page: Page) -> None:
    page.get_by_role("button", name="Panic", exact=True).first.click()
    expect(page.get_by_role("button", name="Restore").first).to_be_visible()


#: In this order: the last ones change what the others show.
SHOTS = (
    Shot("dashboard", "/dashboard"),
    Shot("alerts", "/dashboard/alerts"),
    Shot("chat", "/dashboard/chat", act=_point_at_a_line),
    Shot("moderator", "/dashboard/chat", PHONE, scale=2, who="moderator"),
    Shot("test-event", "/dashboard/events?test"),
    Shot("connections", "/dashboard/connections", (1440, 900)),
    Shot("credentials", "/dashboard/connections/credentials", part="section#twitch"),
    Shot("bots", "/dashboard/connections/bot"),
    Shot("integrations", "/dashboard/connections", part="#integrations"),
    Shot("streamelements", "/dashboard/connections", part="#streamelements"),
    Shot("obs-remote", "/dashboard/connections/integrations/add/obs", part="main form", act=_ask_for_remote_access),
    Shot("bridge", "/dashboard/connections/bridge"),
    Shot("streamerbot-actions", "{actions}"),
    Shot("tokens", "/dashboard/tokens"),
    Shot("overlays", "/dashboard/overlays"),
    Shot("overlay-editor", "{editor}", act=_choose_alert_box),
    Shot("uploads", "/dashboard/uploads"),
    Shot("automations", "/dashboard/automations"),
    Shot("automation-history", "{automation}/runs"),
    Shot("members", "/dashboard/members"),
    Shot("events-popout", "/popout/events?token={events}", (500, 400), scale=2, who=""),
    Shot("chat-popout", "/popout/chat?token={desk}", (400, 600), scale=2, who=""),
    Shot("music-popout", "/popout/music?token={music}", (600, 120), scale=2, who=""),
    Shot("obs-popout", "/popout/obs?token={desk}", (1280, 720), who=""),
    Shot("preflight", "/dashboard/preflight", (1280, 1000), act=_check_everything),
    Shot("token-created", "/dashboard/tokens/new?preset=events", act=_create_token),
    Shot("audit-log", "/dashboard/audit"),
    Shot("panic", "/dashboard/alerts", (1280, 560), act=_panic),
)
