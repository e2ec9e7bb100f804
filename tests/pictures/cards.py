"""Every state of a card on the Connections page: an account for each, made inside the process set's own database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from connections.domain import notices
from connections.models import Connection, OAuthAttempt, PlatformSwitch
from connections.platforms import PLATFORMS
from connections.platforms.failures import STORED, stored
from events.enums import SourceState
from events.models import IngestSource
from integrations.domain import live, results
from integrations.enums import Route, Tool, Trigger
from integrations.tools.failures import NoAnswer
from integrations.tools.link import Found
from tests import factories

ENDED = {"platform": "Twitch", "reason": "Invalid refresh token"}
WRONG_SECRET = {"platform": "Twitch", "reason": "invalid client secret"}


@dataclass(frozen=True)
class Picture:
    """`source` None: no ingest process has said a word. `connection` None: there is none."""

    name: str
    platform: str = "twitch"
    has_credentials: bool = True
    connection: dict[str, Any] | None = field(default_factory=dict)
    source: dict[str, Any] | None = field(default_factory=dict)
    attempt: dict[str, Any] | None = None
    switched_off: str | None = None
    redirect_uri: str | None = None


def ago(**span: float) -> Any:
    return timezone.now() - timedelta(**span)


def failing(code: str, params: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A connection that says why it has no new tokens."""
    assert code in STORED
    log = [{"at": ago(minutes=3).isoformat(), "code": code, "params": params}]
    return {
        "failure_code": code,
        "failure_params": params,
        "failed_since": ago(minutes=3),
        "refresh_log": log,
    } | fields


def pictures() -> list[Picture]:
    twitch = [scope.name for scope in PLATFORMS["twitch"].scopes]
    return [
        Picture("no-credentials", has_credentials=False, connection=None),
        Picture("ready", connection=None),
        Picture("never-came-back", connection=None, attempt={"created_at": ago(minutes=4)}),
        Picture(
            "rate-limited",
            connection=None,
            attempt={"created_at": ago(seconds=9), "used_at": ago(seconds=2), "pause_until": ago(seconds=-58)},
        ),
        Picture("address-changed", connection=None, redirect_uri="https://old.example/connections/twitch/callback"),
        Picture("connected"),
        Picture("waiting", source=None),
        Picture("starting", source={"state": SourceState.STARTING, "last_event_at": None}),
        Picture(
            "not-everything",
            source={
                "subscriptions_active": 35,
                "failure_code": "subscription_refused",
                "failure_params": {
                    "platform": "Twitch",
                    "topic": "channel.cheer",
                    "reason": "subscription missing proper authorization",
                },
            },
        ),
        Picture("scope-missing", connection={"scopes": [name for name in twitch if name != "moderator:read:chatters"]}),
        Picture(
            "reconnecting",
            source={
                "state": SourceState.RECONNECTING,
                "state_since": ago(minutes=2),
                "failure_code": "unreachable",
                "failure_params": {"platform": "Twitch"},
            },
        ),
        Picture(
            "not-delivering",
            source={
                "state": SourceState.STOPPED,
                "state_since": ago(minutes=40),
                "subscriptions_active": 0,
                "failure_code": "subscription_ended",
                "failure_params": {"platform": "Twitch", "topic": "channel.follow", "reason": "version_removed"},
            },
        ),
        Picture(
            "token-ran-out",
            connection=failing("platform_silent", {"platform": "Twitch"}, expires_at=ago(minutes=1)),
        ),
        Picture("reconnect-needed", connection=failing("grant_ended", ENDED, state="needs_sign_in")),
        Picture(
            "credentials-rejected",
            connection=failing("client_secret_rejected", WRONG_SECRET, state="credentials_rejected"),
        ),
        Picture("unavailable", switched_off="Twitch has announced maintenance until 18:00."),
        Picture("ends-soon", platform="spotify", connection={"grant_ends_at": ago(days=-12)}, source=None),
        Picture("youtube", platform="youtube", source=None),
        Picture("kick", platform="kick", source=None),
        Picture("trovo", platform="trovo", source={"subscriptions_active": 1, "subscriptions_wanted": 1}),
    ]


def fill(owner: User) -> Account:
    """An account with every platform connected, a bot at each that has any, a token, tips, and tools.

    Something is wrong with each second platform.
    """
    account = factories.make_account(owner=owner, name="Mira live")
    broken = failing("grant_ended", ENDED, state="needs_sign_in")
    for number, (slug, platform) in enumerate(PLATFORMS.items()):
        is_broken = number % 2
        redirect_uri = platform.redirect_uri
        factories.make_credentials(account=account, platform=slug, redirect_uri=redirect_uri)
        connection = _connect(account, Picture(slug, platform=slug, connection=broken if is_broken else {}))
        _listen(connection, {})
        if is_broken:
            notices.lost(connection, stored(connection.failure_code, connection.failure_params))
        if platform.has_bots:
            factories.make_connection(account=account, platform=slug, purpose="bot", channel_id="31338")
    factories.make_token(actor=factories.make_actor(account=account), permissions={"events:read", "spotify:read"})
    _take_tips(account)
    _add_tools(account)
    return account


def make() -> None:
    """Print a JSON list of {name, platform, cookie}: the session of an account that shows each picture."""
    print(json.dumps([_made(picture) for picture in pictures()]))


def _made(picture: Picture) -> dict[str, str]:
    owner = factories.make_user(name="Mira")
    account = factories.make_account(owner=owner, name="Mira live")
    if picture.has_credentials:
        redirect_uri = picture.redirect_uri or PLATFORMS[picture.platform].redirect_uri
        factories.make_credentials(account=account, platform=picture.platform, redirect_uri=redirect_uri)
    if picture.connection is not None:
        connection = _connect(account, picture)
        if picture.source is not None:
            _listen(connection, picture.source)
    if picture.attempt is not None:
        _leave(account, owner, picture)
    if picture.switched_off is not None:
        PlatformSwitch.objects.create(platform=picture.platform, account=account, reason=picture.switched_off)
    return {"name": picture.name, "platform": picture.platform, "cookie": session(owner)}


def _connect(account: Account, picture: Picture) -> Connection:
    renewed = [{"at": ago(hours=hours).isoformat(), "code": "", "params": {}} for hours in (1, 4, 7)]
    fields = {
        "channel_id": "31337",
        "channel_name": "Mira_Plays",
        "scopes": [scope.name for scope in PLATFORMS[picture.platform].scopes],
        "connected_at": ago(days=40),
        "updated_at": ago(hours=1),
        "validated_at": ago(minutes=7),
        "refresh_log": renewed,
    }
    return factories.make_connection(account=account, platform=picture.platform, **fields | (picture.connection or {}))


def _take_tips(account: Account) -> None:
    token = factories.make_se_token(
        account=account, label="Main Channel", expires_at=ago(days=-19, minutes=-1), last_tip_at=ago(hours=2)
    )
    IngestSource.objects.create(
        account=account,
        key=token.source_id,
        owner="a process",
        fence=1,
        leased_until=ago(days=-1),
        state=SourceState.DELIVERING,
        state_since=ago(hours=5),
        subscriptions_active=1,
        subscriptions_wanted=1,
    )


def _add_tools(account: Account) -> None:
    obs = factories.make_integration(account=account, password="hunter2")
    bot = factories.make_integration(account=account, tool=Tool.STREAMERBOT, label="Gaming PC")
    results.record(obs.pk, trigger=Trigger.LINK, found=Found("30.1.2", 12))
    results.record(bot.pk, trigger=Trigger.TEST, found=Found("1.0.1", 7, actions=31), by=account.members.get().user)
    away = factories.make_integration(account=account, label="Laptop", route=Route.DIRECT, host="203.0.113.7")
    failure = NoAnswer(tool=Tool.OBS.label, address=away.address)
    results.record(away.pk, trigger=Trigger.TEST, failure=failure)
    live.keep(away.pk, account.pk, live.trouble(away, failure))
    link: live.Link = {"state": "connected", "latency_ms": 12, "via": Route.BRIDGE, "is_protected": True}
    live.keep(obs.pk, account.pk, {**link, "version": "30.1.2"})
    live.keep(bot.pk, account.pk, {**link, "version": "1.0.1"})


def _listen(connection: Connection, fields: dict[str, Any]) -> None:
    defaults = {
        "owner": "a process",
        "fence": 1,
        "leased_until": ago(days=-1),
        "state": SourceState.DELIVERING,
        "state_since": ago(hours=5),
        "subscriptions_active": 36,
        "subscriptions_wanted": 36,
        "last_event_at": ago(seconds=3),
    }
    IngestSource.objects.create(account=connection.account, key=connection.source_key, **defaults | fields)


def _leave(account: Account, user: User, picture: Picture) -> None:
    OAuthAttempt.objects.create(
        account=account,
        user=user,
        platform=picture.platform,
        purpose="channel",
        state_digest=str(account.pk),
        session_digest="",
        redirect_uri=PLATFORMS[picture.platform].redirect_uri,
        **picture.attempt or {},
    )


def session(user: User) -> str:
    client = Client(HTTP_HOST=settings.LUMIO_HOST)
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
