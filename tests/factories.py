"""Rows for tests, with defaults that make sense. Keyword arguments only; each returns what it made."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.actor import Actor
from accounts.authentication import actor_of_member
from accounts.domain import invitations, notifications
from accounts.domain.accounts import create_account
from accounts.domain.findings import Finding
from accounts.enums import MODERATOR, OWNER, Permission, Via
from accounts.models import Account, Invitation, Member, Notification, Role, User
from connections.domain import links, vault
from connections.enums import Act, LinkLifetime, OrderState, Purpose
from connections.models import AppCredentials, ChatOrder, Connection, ConnectLink, ViewerNote
from connections.platforms import PLATFORMS
from connections.platforms.base import Tokens
from events.domain.presence import OpenPage
from events.domain.publish import publish_local
from events.enums import Kind, Origin
from events.models import ChatLine, Event
from events.types import Person, StreamEvent
from integrations.domain import vault as tip_vault
from integrations.enums import Route, TokenState, Tool
from integrations.models import Integration, StreamElementsToken
from lumio.lib.secrets import Secret, digest, new_secret
from lumio.models import Preflight
from overlays.domain import goals
from overlays.domain import vault as overlay_vault
from overlays.enums import AlertState, LayerType, UploadKind
from overlays.layers import LAYERS, VARIATION, defaults
from overlays.models import Alert, AlertQueue, Layer, Overlay, Upload
from tokens.domain import tokens
from tokens.models import PopoutToken

_numbers = itertools.count(1)

PASSWORD = "correct horse battery staple"


def make_user(*, email: str | None = None, name: str = "", password: str | None = None, **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.com", password, name=name, **fields)


def make_account(*, owner: User | None = None, name: str = "Ada live") -> Account:
    return create_account(name=name, owner=owner or make_user())


def make_role(*, account: Account, permissions: set[str] | frozenset[str], slug: str | None = None) -> Role:
    slug = slug or f"role-{next(_numbers)}"
    return Role.objects.create(
        account=account, slug=slug, name=slug.title(), colour="#6b7280", permissions=sorted(permissions)
    )


def make_member(
    *,
    account: Account,
    user: User | None = None,
    role: str = MODERATOR.slug,
    permissions: set[str] | frozenset[str] | None = None,
) -> Member:
    """A member with a default role, or with a role made of `permissions` alone."""
    chosen = (
        account.roles.get(slug=role) if permissions is None else make_role(account=account, permissions=permissions)
    )
    return Member.objects.create(account=account, user=user or make_user(), role=chosen)


def make_actor(*, account: Account | None = None, permissions: set[str] | frozenset[str] | None = None) -> Actor:
    """The account's owner, or a new member with `permissions` alone."""
    account = account or make_account()
    if permissions is None:
        return actor_of_member(account.members.select_related("account", "user", "role").get(role__slug=OWNER.slug))
    return actor_of_member(make_member(account=account, permissions=permissions))


#: What the fixture `kind` registers.
KIND = notifications.Kind(
    code="sign_in_lost",
    title="A platform sign-in has ended",
    permission=Permission.CONNECTIONS_READ,
    mail_permission=Permission.CONNECTIONS_EDIT,
    text=lambda params: f"{params['platform']} ended the sign-in of {params['channel']}.",
    action="Reconnect",
    url=lambda params: f"/dashboard/connections#card-{params['platform'].lower()}",
)


def make_notification(
    *, account: Account, code: str = KIND.code, subject: str | None = None, **params: Any
) -> Notification:
    """A notification that is open. Its kind has to be registered: see the fixture `kind`."""
    subject = subject or f"connection:{next(_numbers)}"
    params = {"platform": "Twitch", "channel": "Ada"} | params
    notifications.notify(account, code, subject=subject, params=params)
    return Notification.objects.get(account=account, code=code, subject=subject, resolved_at=None)


def make_credentials(
    *,
    account: Account,
    platform: str = "twitch",
    client_id: str = "lumio-test-client",
    client_secret: str = "lumio-test-secret",
    redirect_uri: str | None = None,
) -> AppCredentials:
    """The account's OAuth application at a platform, sealed as the real ones are."""
    row = AppCredentials(
        account=account,
        platform=platform,
        client_id_hint=client_id[-4:],
        redirect_uri=redirect_uri or f"{settings.LUMIO_URL}/connections/{platform}/callback",
    )
    row.client_id_encrypted = vault.seal(row, "client_id_encrypted", Secret(client_id))
    row.client_secret_encrypted = vault.seal(row, "client_secret_encrypted", Secret(client_secret))
    row.save()
    return row


def make_connection(
    *,
    account: Account,
    platform: str = "twitch",
    access_token: str = "access-token-1",
    refresh_token: str | None = "refresh-token-1",
    expires_in: int = 4 * 60 * 60,
    **fields: Any,
) -> Connection:
    """A linked channel whose tokens still work for `expires_in` seconds."""
    now = datetime.now(UTC)
    defaults = {
        "channel_id": "1001",
        "channel_login": "ada",
        "channel_name": "Ada",
        "connected_at": now,
        "updated_at": now,
        "expires_at": now + timedelta(seconds=expires_in),
    }
    connection = Connection(account=account, platform=platform, **defaults | fields)
    refresh = Secret(refresh_token) if refresh_token else None
    vault.put_tokens(
        connection,
        Tokens(access=Secret(access_token), refresh=refresh, expires_in=expires_in, scopes=connection.scopes),
    )
    connection.save()
    return connection


def make_se_token(
    *, account: Account, jwt: str = "eyJhIjoxfQ.eyJhIjoxfQ.signature", **fields: Any
) -> StreamElementsToken:
    """A StreamElements token that was verified."""
    defaults = {
        "platform": "twitch",
        "state": TokenState.VERIFIED,
        "verified_at": datetime.now(UTC),
        "channel_id": "5f00aa11bb22cc33dd44ee55",
        "channel_name": "Mira_Plays",
        "channel_provider": "twitch",
    }
    row = StreamElementsToken(account=account, hint=jwt[-4:], digest=digest(jwt), **defaults | fields)
    row.source_id = row.channel_key
    row.jwt_encrypted = tip_vault.seal(row, Secret(jwt))
    row.save()
    return row


def make_integration(
    *, account: Account, tool: str = Tool.OBS, label: str = "", password: str | None = None, **fields: Any
) -> Integration:
    """An OBS beside the bridge page, without a password unless one is given. No address of it is connected to."""
    defaults: dict[str, Any] = {
        "label": label or Tool(tool).label,
        "route": Route.BRIDGE,
        "port": 4455 if tool == Tool.OBS else 8080,
    }
    row = Integration(account=account, tool=tool, **defaults | fields)
    if password is not None:
        row.password_encrypted = tip_vault.seal_password(row, Secret(password))
    row.save()
    return row


def make_overlay(*, account: Account, key: str = "", name: str = "", **fields: Any) -> Overlay:
    """An overlay without layers. `key` opens it, one that nobody knows unless given."""
    row = Overlay(account=account, name=name or f"Overlay {next(_numbers)}", **fields)
    secret = Secret(key or new_secret())
    row.key_encrypted, row.digest = overlay_vault.seal(row, secret), digest(secret.reveal())
    row.save()
    return row


def make_layer(*, overlay: Overlay, type: str = LayerType.TEXT, **fields: Any) -> Layer:
    """A layer of its type's size on top of the others; `config` may be given in part."""
    form = LAYERS[LayerType(type)]
    made = {"name": LayerType(type).label, "width": form.width, "height": form.height} | fields
    made["config"] = defaults(form.settings) | fields.get("config", {})
    return Layer.objects.create(overlay=overlay, type=type, position=overlay.layers.count(), **made)


def make_variation(*, id: str = "", **settings: Any) -> dict[str, Any]:
    """A variation for the config of an alert box: any follow, unless told otherwise."""
    return {"id": id or f"v{next(_numbers)}", **defaults(VARIATION), **settings}


def make_upload(*, account: Account, content: bytes = b"OggS", name: str = "Wave.ogg", **fields: Any) -> Upload:
    """A sound, unless told otherwise, and its file."""
    defaults = {"kind": UploadKind.SOUND, "content_type": "audio/ogg", "digest": sha256(content).hexdigest()}
    file = default_storage.save(f"{secrets.token_hex(20)}.ogg", ContentFile(content))
    return Upload.objects.create(account=account, name=name, file=file, size=len(content), **defaults | fields)


def make_alert(*, account: Account, plays: bool = False) -> Alert:
    """An alert that waits or plays, of somebody who followed; with an alert box that shows it, if there is none."""
    if not Layer.objects.filter(overlay__account=account, type=LayerType.ALERT_BOX).exists():
        make_layer(
            overlay=make_overlay(account=account),
            type=LayerType.ALERT_BOX,
            config={"variations": [make_variation()]},
        )
    event = make_event(account=account)
    alert = Alert.objects.get(account=account, event_seq=event.seq)
    if plays:
        alert.state, alert.started_at = AlertState.PLAYING, datetime.now(UTC)
        alert.save()
        AlertQueue.objects.filter(account=account).update(current=alert)
    return alert


def make_preflight(*, account: Account, findings: tuple[Finding, ...] = (), **fields: Any) -> Preflight:
    """A pre-flight check that ended just now, and found so."""
    said = [{"code": one.kind.code, "params": dict(one.params)} for one in findings]
    now = datetime.now(UTC)
    results = [{"group": "lumio", "subject": "", "findings": said}]
    defaults: dict[str, Any] = {"begun_at": now, "ended_at": now, "results": results}
    return Preflight.objects.create(account=account, **defaults | fields)


def make_goal(*, overlay: Overlay, **config: Any) -> Layer:
    """A goal layer that counts, as it does once it was saved."""
    layer = make_layer(overlay=overlay, type=LayerType.GOAL, config=config)
    goals.follow(overlay, [layer])
    return layer


def make_token(
    *, actor: Actor | None = None, permissions: set[str] | frozenset[str], label: str = "OBS", **wanted: Any
) -> tuple[PopoutToken, Secret]:
    """A popout token that `actor` (an owner unless given) created, and its secret."""
    return tokens.create(actor=actor or make_actor(), label=label, permissions=permissions, **wanted)


#: What the fixture `open_page` opens.
OPEN_PAGE = OpenPage(
    id="7c1d2f0a-3a43-4f2c-8f43-0d2f8c8f4d11",
    page="/popout/events",
    browser="OBS on Windows",
    address="203.0.113.x",
    since=datetime(2026, 5, 1, 12, tzinfo=UTC),
)


def make_invitation(
    *, actor: Actor | None = None, role: str | Role = MODERATOR.slug, **options: Any
) -> tuple[Invitation, Secret]:
    """An invitation that `actor` (an owner unless given) made, and its code."""
    actor = actor or make_actor()
    chosen = role if isinstance(role, Role) else actor.account.roles.get(slug=role)
    return invitations.create(actor=actor, role=chosen, **options)


def make_link(
    *,
    actor: Actor | None = None,
    platform: str = "twitch",
    purpose: Purpose = Purpose.CHANNEL,
    lifetime: LinkLifetime = LinkLifetime.DAY,
) -> tuple[ConnectLink, Secret]:
    """A one-time link that `actor` (an owner unless given) made, and its code. Needs the account's app credentials."""
    return links.create(actor=actor or make_actor(), platform=PLATFORMS[platform], purpose=purpose, lifetime=lifetime)


def make_order(*, account: Account, act: Act = Act.TIMEOUT, **fields: Any) -> ChatOrder:
    """Grace timed out through Lumio just now, unless told otherwise."""
    now = datetime.now(UTC)
    defaults = {
        "platform": "twitch",
        "state": OrderState.DONE,
        "created_at": now,
        "due_at": now,
        "begun_at": now,
        "done_at": now,
        "asked_name": "Ben",
        "via": Via.SESSION,
        "target_id": "2002",
        "target_login": "grace",
        "target_name": "Grace",
    }
    return ChatOrder.objects.create(account=account, act=act, **defaults | fields)


def make_note(*, account: Account, text: str = "Sells pills", **fields: Any) -> ViewerNote:
    """What Ben wrote down about Grace."""
    defaults = {"platform": "twitch", "user_id": "2002", "author_name": "Ben"}
    return ViewerNote.objects.create(account=account, text=text, **defaults | fields)


def make_stream_event(*, kind: Kind = Kind.FOLLOW, external_id: str | None = None, **fields: Any) -> StreamEvent:
    """What a platform's parser would produce: Grace follows, unless told otherwise."""
    defaults = {
        "platform": "twitch",
        "channel_id": "1001",
        "occurred_at": datetime.now(UTC),
        "actor": Person(id="2002", login="grace", name="Grace"),
    }
    return StreamEvent(kind=kind, external_id=external_id or f"event-{next(_numbers)}", **defaults | fields)


def make_event(
    *, account: Account, kind: Kind = Kind.FOLLOW, origin: Origin = Origin.TEST, **fields: Any
) -> Event | ChatLine:
    """A stored event or chat line, numbered like every other."""
    [row] = publish_local(account.pk, [make_stream_event(kind=kind, **fields)], origin)
    return row
