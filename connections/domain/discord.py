"""The Discord bot of this Lumio: one for all accounts, set up by the operator, with a token that has no end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import access, sweeps, vault
from connections.domain.bots import BotState
from connections.enums import Use
from connections.models import DiscordBot
from connections.platforms import discord
from connections.platforms.discord import BotTokenRefused
from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from accounts.actor import Actor

#: Discord's tokens are not half as long.
LONGEST = 200


class NotABotToken(Refusal):
    code = "not_a_bot_token"
    status = 422
    sentence = _(
        "That is not a bot token, which has three parts with dots between them. In Discord's developer portal open the "
        "application, then Bot, press Reset Token and copy what appears."
    )


class NoDiscordBot(Refusal):
    code = "no_discord_bot"
    status = 409
    sentence = _("There is no Discord bot. Paste its token first.")


@dataclass(frozen=True)
class DiscordCard:
    """Discord as every account sees it; nobody but the operator can change it."""

    bot: DiscordBot | None
    #: The operator's reason (or "") where it is switched off for this account.
    off: str | None

    slug = discord.SLUG
    name = discord.NAME
    icon = discord.ICON

    @property
    def state(self) -> BotState:
        if self.off is not None:
            return BotState.UNAVAILABLE
        return BotState.ACTIVE if self.bot and not self.bot.failure_code else BotState.NO_CONNECTION

    @property
    def reason(self) -> str:
        return self.off or ""


def card(actor: Actor) -> DiscordCard:
    actor.require(Permission.BOT_CONNECTIONS_READ)
    return DiscordCard(found(), access.switched_off(actor.account, Use.BOT).get(discord.SLUG))


def found() -> DiscordBot | None:
    return DiscordBot.objects.filter(pk=DiscordBot.ONLY).first()


def invitation(bot: DiscordBot) -> str:
    """Where the owner of a server lets the bot in."""
    return discord.invitation(bot.application_id)


def save(*, actor: Actor, token: str) -> DiscordBot:
    """Keep a token that Discord accepts, in place of the one before.

    Raises NotABotToken, or what Discord said; nothing has changed then.
    """
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    secret = Secret(_cleaned(token))
    sweeps.let_go()
    known = discord.bot_of(secret)
    with transaction.atomic():
        row = DiscordBot.objects.select_for_update().filter(pk=DiscordBot.ONLY).first() or DiscordBot()
        before = {"bot_id": row.bot_id, "name": row.name} if row.bot_id else None
        row.token_encrypted = vault.seal(row, "token_encrypted", secret)
        _fill(row, known)
        row.save()
        record(actor, Action.DISCORD_BOT_SAVED, row, before=before, after={"bot_id": row.bot_id, "name": row.name})
    return row


def check(*, actor: Actor) -> DiscordBot:
    """Ask Discord whether the token still works. One that was refused is not shown to Discord again.

    Raises NoDiscordBot, SecretUnreadable or what Discord said.
    """
    actor.require(Permission.BOT_CONNECTIONS_CREATE)
    row = found()
    if row is None:
        raise NoDiscordBot
    if row.failure_code:
        raise BotTokenRefused(platform=discord.NAME)
    secret = vault.read(row, "token_encrypted")
    known_as = bytes(row.token_encrypted)
    sweeps.let_go()
    try:
        known = discord.bot_of(secret)
    except BotTokenRefused as refusal:
        with transaction.atomic():
            held = DiscordBot.objects.filter(pk=row.pk, token_encrypted=known_as)
            if held.update(failure_code=refusal.code, checked_at=timezone.now()):
                record(actor, Action.DISCORD_BOT_REFUSED, row, after={"code": refusal.code})
        raise
    _fill(row, known)
    DiscordBot.objects.filter(pk=row.pk, token_encrypted=known_as).update(
        bot_id=row.bot_id,
        name=row.name,
        avatar_url=row.avatar_url,
        application_id=row.application_id,
        checked_at=row.checked_at,
        failure_code="",
    )
    return row


@transaction.atomic
def remove(*, actor: Actor) -> None:
    """Forget the token. At Discord it lives on until somebody resets it there."""
    actor.require(Permission.BOT_CONNECTIONS_DELETE)
    row = DiscordBot.objects.select_for_update().filter(pk=DiscordBot.ONLY).first()
    if row is None:
        raise NoDiscordBot
    record(actor, Action.DISCORD_BOT_REMOVED, row, before={"bot_id": row.bot_id, "name": row.name})
    row.delete()


def _cleaned(token: str) -> str:
    """Also without the "Bot" that stands in front of it in examples."""
    token = token.strip().removeprefix("Bot ").strip()
    parts = token.split(".")
    is_plain = token.isascii() and token.isprintable() and " " not in token and len(token) <= LONGEST
    if not is_plain or len(parts) != 3 or not all(parts):
        raise NotABotToken
    return token


def _fill(row: DiscordBot, known: discord.Bot) -> None:
    row.bot_id, row.name = known.id, known.name
    row.avatar_url, row.application_id = known.avatar_url, known.application_id
    row.checked_at, row.failure_code = timezone.now(), ""
