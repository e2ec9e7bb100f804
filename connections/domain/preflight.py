"""What a pre-flight check asks of the platforms: do sign-ins work and go on, do events arrive, can bots speak?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain.findings import Check, Finding, Group, Kind, Params, Tone, at
from connections.domain import bots, channels, grants, vault
from connections.domain.bots import BotState
from connections.domain.channels import CardState
from connections.enums import GrantState
from connections.platforms.failures import STORED, CredentialsRejected, NoCredentials, PlatformFailure, stored
from connections.platforms.webhooks import REFUSALS
from events.enums import SourceState
from events.ingest.base import Failure
from events.models import IngestSource

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.domain.channels import Card
    from connections.platforms.base import Platform
    from lumio.lib.errors import Refusal

#: Seconds: an access token that ends sooner is renewed now and not in the middle of the stream's first minutes.
RENEWED_AHEAD = 30 * 60
#: Scopes that are named.
SCOPES_NAMED = 5


_card = at("connections:index", part="card-{slug}")
_platforms = at("connections:index")
_credentials = at("connections:credentials", part="{slug}")
_bot = at("connections:bots", part="bot-{slug}")
_bot_control = at("connections:bot_control")


def _why(params: Params) -> dict[str, str]:
    failure = params["failure"]
    return {"why": stored(failure["code"], failure["params"]).text if failure["code"] in STORED else ""}


def _why_refused(params: Params) -> dict[str, str]:
    return {"why": REFUSALS[params["code"]](platform=params["platform"]).text}


# --- Sign-ins -------------------------------------------------------------------------------------------------------

NOTHING_CONNECTED = Kind(
    "nothing_connected",
    Tone.BAD,
    _("No platform is connected, so nothing of your stream arrives here."),
    _("Connect one"),
    _platforms,
)
NOT_SIGNED_IN = Kind(
    "not_signed_in", Tone.WARN, _("App credentials are saved, but nobody has signed in yet."), _("Connect"), _card
)
PLATFORM_OFF = Kind(
    "platform_off", Tone.WARN, _("Whoever runs this Lumio has switched {platform} off."), _("See the card"), _card
)
SIGN_IN_WORKS = Kind("sign_in_works", Tone.GOOD, _("{platform} confirms the sign-in of {name}."))
SIGN_IN_RENEWED = Kind(
    "sign_in_renewed",
    Tone.GOOD,
    _("{platform} confirms the sign-in of {name}. It was renewed, as it was about to end."),
)
SIGN_IN_OVER = Kind("sign_in_over", Tone.BAD, "{why}", _("Reconnect"), _card, _why)
CREDENTIALS_REJECTED = Kind("credentials_rejected", Tone.BAD, "{why}", _("App Credentials"), _credentials, _why)
PLATFORM_SILENT = Kind(
    "platform_silent",
    Tone.WARN,
    _("Whether the sign-in works could not be found out. {why}"),
    _("See the card"),
    _card,
    _why,
)
RENEWAL_FAILS = Kind(
    "renewal_fails",
    Tone.WARN,
    _("The sign-in works until {until}, but renewing it fails. {why}"),
    _("See the card"),
    _card,
    _why,
)
SIGN_IN_ENDS = Kind(
    "sign_in_ends",
    Tone.WARN,
    _("{platform} ends this sign-in on {until}, whatever Lumio does. Reconnect before."),
    _("Reconnect"),
    _card,
)
SCOPES_MISSING = Kind(
    "scopes_missing",
    Tone.WARN,
    _("Permissions are missing, so a part does not work: {scopes}. Reconnect to grant them."),
    _("Reconnect"),
    _card,
)
ADDRESS_CHANGED = Kind(
    "address_changed",
    Tone.WARN,
    _("Lumio's address has changed since the app was set up. Enter the new redirect URI in the developer console."),
    _("App Credentials"),
    _credentials,
)
QUOTA_SPENT = Kind(
    "quota_spent",
    Tone.BAD,
    _("Today's quota is used up, so chat and events are not read until {until}."),
    _("See the card"),
    _card,
)
QUOTA_SHORT = Kind(
    "quota_short",
    Tone.WARN,
    _("At this pace today's quota lasts until {until}, which is less than a long stream."),
    _("See the card"),
    _card,
)
QUOTA_LASTS = Kind("quota_lasts", Tone.GOOD, _("{spent} of {limit} units of today's quota are spent; that lasts."))

# --- What arrives ---------------------------------------------------------------------------------------------------

DELIVERING = Kind("delivering", Tone.GOOD, _("Events arrive: {active} of {wanted} subscriptions."))
WAITS_FOR_STREAM = Kind("waits_for_stream", Tone.GOOD, _("Events arrive as soon as a stream begins."))
DELIVERS_PARTLY = Kind(
    "delivers_partly",
    Tone.WARN,
    _("Only {active} of {wanted} subscriptions work, so some events do not arrive. {why}"),
    _("See the card"),
    _card,
    _why,
)
LISTENS_ANEW = Kind(
    "listens_anew",
    Tone.WARN,
    _("The connection for events is being made at this moment. {why}"),
    _("See the card"),
    _card,
    _why,
)
NO_LONGER_LISTENS = Kind(
    "no_longer_listens", Tone.BAD, _("Events do not arrive any more. {why}"), _("See the card"), _card, _why
)
NOT_LISTENED_TO = Kind(
    "not_listened_to",
    Tone.BAD,
    _("Nothing listens to {platform} yet. Lumio's ingest process may not be running."),
    _("See the card"),
    _card,
)
WEBHOOK_OUT_OF_REACH = Kind(
    "webhook_out_of_reach",
    Tone.BAD,
    _("{platform} cannot reach this Lumio: its address is not a public one that begins with https://."),
    _("See what to do"),
    _card,
)
WEBHOOK_REFUSES = Kind("webhook_refuses", Tone.BAD, "{why}", _("See what to do"), _card, _why_refused)
WEBHOOK_SILENT = Kind(
    "webhook_silent",
    Tone.WARN,
    _("{platform} has never delivered anything here. Check the webhook URL in its developer settings."),
    _("See what to do"),
    _card,
)
WEBHOOK_DELIVERS = Kind("webhook_delivers", Tone.GOOD, _("{platform} reaches this Lumio; its last delivery came {at}."))

# --- Bots -----------------------------------------------------------------------------------------------------------

CAN_SPEAK = Kind("can_speak", Tone.GOOD, _("{name} can write in the chat."))
BOT_PAUSED = Kind(
    "bot_paused", Tone.WARN, _("The bot is paused, so nothing is written in the chat."), _("Bot Control"), _bot_control
)
BOT_FELL_BACK = Kind(
    "bot_fell_back", Tone.WARN, _("{name} writes in the chat instead of your bot. {why}"), _("See the card"), _bot, _why
)
BOT_SILENT = Kind(
    "bot_silent",
    Tone.WARN,
    _("Whether the bot's sign-in works could not be found out. {why}"),
    _("See the card"),
    _bot,
    _why,
)

KINDS = (
    NOTHING_CONNECTED, NOT_SIGNED_IN, PLATFORM_OFF, SIGN_IN_WORKS, SIGN_IN_RENEWED, SIGN_IN_OVER,
    CREDENTIALS_REJECTED, PLATFORM_SILENT, RENEWAL_FAILS, SIGN_IN_ENDS, SCOPES_MISSING, ADDRESS_CHANGED, QUOTA_SPENT,
    QUOTA_SHORT, QUOTA_LASTS, DELIVERING, DELIVERS_PARTLY, LISTENS_ANEW, NO_LONGER_LISTENS, NOT_LISTENED_TO,
    WAITS_FOR_STREAM, WEBHOOK_OUT_OF_REACH, WEBHOOK_REFUSES, WEBHOOK_SILENT, WEBHOOK_DELIVERS, CAN_SPEAK, BOT_PAUSED,
    BOT_FELL_BACK, BOT_SILENT,
)  # fmt: skip


def checks(actor: Actor) -> list[Check]:
    """For each platform that is set up: its sign-in, what arrives from there, and who speaks there."""
    cards = [card for card in channels.cards(actor) if card.connection or card.state == CardState.READY]
    found: list[Check] = []
    if not any(card.connection for card in cards):
        found.append(Check(Group.CONNECTIONS, "", lambda: [NOTHING_CONNECTED.found()]))
    for card in cards:
        platform = card.platform
        found.append(Check(Group.CONNECTIONS, platform.name, partial(sign_in, actor, card)))
        if card.connection and platform.listens:
            found.append(Check(Group.CONNECTIONS, platform.name, partial(delivery, card)))
    for status in bots.statuses(actor):
        if status.channel and not status.is_off:
            found.append(Check(Group.BOTS, status.platform.name, partial(bot, actor, status.platform)))
    return found


def sign_in(actor: Actor, card: Card) -> list[Finding]:
    """Ask the platform whose the tokens are, renewed first if they are about to end."""
    platform = card.platform
    params = {"slug": platform.slug, "platform": platform.name}
    if card.state == CardState.UNAVAILABLE:
        return [PLATFORM_OFF.found(**params)]
    if card.connection is None:
        return [NOT_SIGNED_IN.found(**params)]
    failure = _asked(actor, card)
    version, card = card.connection.version, channels.card(actor, platform)
    if card.connection is None:
        return [NOT_SIGNED_IN.found(**params)]
    if failure:
        return [_refused(failure, card).found(**params, failure=Failure.of(failure).as_json)]
    works = SIGN_IN_WORKS if card.connection.version == version else SIGN_IN_RENEWED
    return [works.found(**params, name=card.connection.channel_name), *_soon(card, params), *_quota(card, params)]


def delivery(card: Card) -> list[Finding]:
    """What is known of the live connection. Nothing is said where the sign-in is over, which says it already."""
    platform = card.platform
    if card.connection is None or card.state != CardState.CONNECTED:
        return []
    life, source = card.life, IngestSource.objects.filter(key=card.connection.source_key).first()
    why = {"code": life.code, "params": source.failure_params if source else {}}
    params = {"slug": platform.slug, "platform": platform.name, "failure": why}
    counted = {"active": life.active, "wanted": life.wanted}
    match life.state:
        case SourceState.DELIVERING if not life.wanted:
            found = [WAITS_FOR_STREAM.found()]
        case SourceState.DELIVERING if life.active >= life.wanted:
            found = [DELIVERING.found(**counted)]
        case SourceState.DELIVERING:
            found = [DELIVERS_PARTLY.found(**params, **counted)]
        case SourceState.STOPPED:
            found = [NO_LONGER_LISTENS.found(**params)]
        case None:
            found = [NOT_LISTENED_TO.found(**params)]
        case _:
            found = [LISTENS_ANEW.found(**params)]
    return found + _webhook(card)


def bot(actor: Actor, platform: Platform) -> list[Finding]:
    """Who speaks there now; a custom bot's sign-in is asked about. Nobody does where the channel's own sign-in is over,
    which says it already."""
    status = bots.status_of(actor.account, platform)
    params = {"slug": platform.slug, "platform": platform.name}
    failure: Refusal | None = None
    if status.custom_works and status.custom:
        client = vault.client_for(actor.account.pk, platform.slug)
        try:
            grants.call(status.custom.pk, lambda access: platform.identity(access.token, client))
        except (grants.GrantUnusable, PlatformFailure) as error:
            failure = _root(error)
            status = bots.status_of(actor.account, platform)
    speaker = status.speaker
    if speaker is None:
        return []
    if status.state == BotState.PAUSED:
        return [BOT_PAUSED.found(**params)]
    if status.has_fallen_back and status.custom:
        why = {"code": status.custom.failure_code, "params": status.custom.failure_params}
        return [BOT_FELL_BACK.found(**params, name=speaker.channel_name, failure=why)]
    if failure:
        return [BOT_SILENT.found(**params, failure=Failure.of(failure).as_json)]
    return [CAN_SPEAK.found(name=speaker.channel_name)]


def _asked(actor: Actor, card: Card) -> Refusal | None:
    """Why the platform does not confirm the sign-in; None where it does."""
    row = card.connection
    assert row is not None  # noqa: S101  for the type checker
    try:
        if row.state == GrantState.CONNECTED:
            grants.access(row.pk, min_ttl=RENEWED_AHEAD)
        channels.test(actor=actor, connection=row)
    except (grants.GrantUnusable, PlatformFailure) as error:
        return _root(error)
    return None


def _refused(failure: Refusal, card: Card) -> Kind:
    if card.state == CardState.CREDENTIALS_REJECTED or isinstance(failure, CredentialsRejected | NoCredentials):
        return CREDENTIALS_REJECTED
    is_over = isinstance(failure, PlatformFailure) and failure.is_final
    return SIGN_IN_OVER if is_over or card.state == CardState.NEEDS_SIGN_IN else PLATFORM_SILENT


def _root(error: Refusal) -> Refusal:
    return error.failure if isinstance(error, grants.GrantUnusable) else error


def _soon(card: Card, params: dict[str, str]) -> list[Finding]:
    """What will be wrong with a sign-in that works now."""
    row, found = card.connection, list[Finding]()
    assert row is not None  # noqa: S101  for the type checker
    if row.failure_code and row.expires_at:
        why = {"code": row.failure_code, "params": row.failure_params}
        found.append(RENEWAL_FAILS.found(**params, until=row.expires_at.isoformat(), failure=why))
    if card.ends_soon and row.grant_ends_at:
        found.append(SIGN_IN_ENDS.found(**params, until=row.grant_ends_at.isoformat()))
    if missing := card.missing:
        names = ", ".join(scope.label for scope in missing[:SCOPES_NAMED])
        more = len(missing) - SCOPES_NAMED
        found.append(SCOPES_MISSING.found(**params, scopes=f"{names} (+{more})" if more > 0 else names))
    if card.address_changed:
        found.append(ADDRESS_CHANGED.found(**params))
    return found


def _quota(card: Card, params: dict[str, str]) -> list[Finding]:
    gauge = card.quota
    if gauge is None:
        return []
    if gauge.is_over:
        return [QUOTA_SPENT.found(**params, until=gauge.resets_at.isoformat())]
    if not gauge.lasts_long:
        until = gauge.lasts_until or gauge.resets_at
        return [QUOTA_SHORT.found(**params, until=until.isoformat())]
    return [QUOTA_LASTS.found(spent=gauge.spent, limit=gauge.limit)]


def _webhook(card: Card) -> list[Finding]:
    """Whether a platform that calls us gets through."""
    hook, platform = card.webhook, card.platform
    if hook is None:
        return []
    params = {"slug": platform.slug, "platform": platform.name}
    if not hook.is_reachable:
        return [WEBHOOK_OUT_OF_REACH.found(**params)]
    if hook.refusal_code:
        return [WEBHOOK_REFUSES.found(**params, code=hook.refusal_code)]
    if hook.delivered_at is None:
        return [WEBHOOK_SILENT.found(**params)]
    return [WEBHOOK_DELIVERS.found(**params, at=hook.delivered_at.isoformat())]
