"""The simulated Discord: whose bot token it is, and its refusals."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
import time_machine

from tests.fakes.discord import Discord
from tests.test_fakes.clients import PATIENCE, Answer, read

AGENT = "DiscordBot (https://example.test, 1.0)"
UNAUTHORIZED = (401, {"message": "401: Unauthorized", "code": 0})


@pytest.fixture
def discord() -> Iterator[Discord]:
    with Discord() as discord:
        discord.add_bot("lumio", id="1100", application="Lumio's bot", avatar="0123abcd")
        yield discord


def ask(discord: Discord, path: str = "users/@me", *, token: str | None = None, kind: str = "Bot") -> Answer:
    token = token or discord.api.bots["1100"].token
    headers = {"Authorization": f"{kind} {token}", "User-Agent": AGENT}
    return read(requests.get(f"{discord.url}/api/v10/{path}", headers=headers, timeout=PATIENCE))


def test_bot_and_its_application(discord):
    assert ask(discord) == (
        200,
        {
            "id": "1100",
            "username": "lumio",
            "global_name": None,
            "discriminator": "0000",
            "avatar": "0123abcd",
            "bot": True,
        },
    )
    assert ask(discord, "applications/@me") == (
        200,
        {"id": "1100", "name": "Lumio's bot", "bot_public": True, "flags": 0},
    )


def test_token_has_three_parts(discord):
    assert len(discord.add_bot().token.split(".")) == 3


@pytest.mark.parametrize("change", [{"token": "x.y.z"}, {"kind": "Bearer"}])
def test_wrong_token(discord, change):
    assert ask(discord, **change) == UNAUTHORIZED


def test_reset_kills_the_old_token(discord):
    old = discord.api.bots["1100"].token

    new = discord.reset_token()

    assert ask(discord, token=old) == UNAUTHORIZED
    assert ask(discord, token=new)[0] == 200


def test_other_user_agents_are_blocked(discord):
    headers = {"Authorization": f"Bot {discord.api.bots['1100'].token}"}

    assert requests.get(f"{discord.url}/api/v10/users/@me", headers=headers, timeout=PATIENCE).status_code == 403


def test_limit_is_said_in_decimals(discord):
    with time_machine.travel(time.time(), tick=False) as clock:
        discord.limit(0.64)
        limited = ask(discord)
        clock.shift(0.65)
        over = ask(discord)

    assert limited == (429, {"message": "You are being rate limited.", "retry_after": 0.64, "global": False})
    assert over[0] == 200
