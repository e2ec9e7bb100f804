"""Who may speak: sign-ins whose tokens a stand-in really gave."""

from __future__ import annotations

from accounts.domain.accounts import instance_account
from accounts.models import Account
from connections.enums import Purpose
from connections.models import Connection
from tests import factories
from tests.connections.conftest import PAGE
from tests.connections.stages import OTHER, STREAMER, Stage

BOTS = f"{PAGE}/bot"
CONTROL = "/dashboard/bots"
#: The stand-in's people: the streamer, somebody whose account the custom bot is, and this Lumio's bot.
CHANNEL, CUSTOM, GLOBAL = STREAMER, OTHER, "lumio_bot"
#: The operator's application.
CLIENT_ID, CLIENT_SECRET = "operators0client0for0the0tests0", "operators0secret0for0the0tests0"


def sign_in(stage: Stage, account: Account, user: str, purpose: Purpose, *, client_id: str | None = None, **fields):
    """`user`'s sign-in at the stage's platform, as `account`'s channel or bot."""
    scopes = [scope.name for scope in stage.platform.oauth.scopes_for(purpose)]
    tokens = stage.stand_in.issue_tokens(user, scopes, client_id=client_id)
    person = stage.stand_in.state.user(user)
    return factories.make_connection(
        account=account,
        platform=stage.slug,
        purpose=purpose,
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        expires_in=int(tokens["expires_in"]),
        **{"channel_id": person.id, "channel_login": person.login, "channel_name": person.name, "scopes": scopes}
        | fields,
    )


def channel(stage: Stage, account: Account, **fields) -> Connection:
    stage.credentials(account)
    return sign_in(stage, account, CHANNEL, Purpose.CHANNEL, **fields)


def custom(stage: Stage, account: Account, **fields) -> Connection:
    return sign_in(stage, account, CUSTOM, Purpose.BOT, **fields)


def operators_app(stage: Stage) -> None:
    """An application of this Lumio itself."""
    address = stage.platform.redirect_uri
    stage.stand_in.add_app(CLIENT_ID, CLIENT_SECRET, redirect_uris=[address])
    factories.make_credentials(
        account=instance_account(),
        platform=stage.slug,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        redirect_uri=address,
    )


def shared(stage: Stage, **fields) -> Connection:
    """The global bot."""
    operators_app(stage)
    fields = {"channel_name": "LumioBot"} | fields
    return sign_in(stage, instance_account(), GLOBAL, Purpose.BOT, client_id=CLIENT_ID, **fields)


def said(stage: Stage) -> list[tuple[str, str | None, str]]:
    """What stands in the chats: channel, who said it (None for the bot of a Kick app), text."""
    if stage.slug == "twitch":
        return [(spoken.channel_id, spoken.sender_id, spoken.text) for spoken in stage.stand_in.helix._spoken]
    return [(spoken.channel_id, spoken.sender_id, spoken.content) for spoken in stage.stand_in.spoken()]
