"""Answering challenges for the bridge page."""

from __future__ import annotations

import base64
import hashlib

import pytest

from accounts.enums import Action
from accounts.models import AuditEntry
from integrations.domain import unlocking
from integrations.domain.unlocking import Unlocking
from integrations.enums import Tool
from integrations.models import Integration
from integrations.tools.failures import (
    Misunderstood,
    PasswordMissing,
    PasswordUnreadable,
    SwitchedOff,
    UnlockedTooOften,
)
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "Kq7pVn2xW9sLd4Zt"
SALT = base64.b64encode(b"s" * 32).decode()
CHALLENGE = base64.b64encode(b"c" * 32).decode()


def proof(salt: str, challenge: str) -> str:
    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return digest(digest(PASSWORD + salt) + challenge)


@pytest.fixture
def row(account) -> Integration:
    return factories.make_integration(account=account, password=PASSWORD)


def lines() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(action=Action.BRIDGE_UNLOCKED)
    return [(entry.target_name, entry.actor_name) for entry in entries]


async def lines_written() -> list[tuple[str, str]]:
    return await unlocking.in_database(lines)


async def test_the_answer_proves_the_password(row):
    assert await Unlocking(row)(SALT, CHALLENGE) == proof(SALT, CHALLENGE)
    assert await lines_written() == [("OBS Studio", "Lumio")]


async def test_streamerbot_is_answered_alike(account):
    tool = await unlocking.in_database(
        lambda: factories.make_integration(account=account, tool=Tool.STREAMERBOT, password=PASSWORD)
    )

    assert await Unlocking(tool)("c2FsdA==", "Y2hhbGxlbmdl") == proof("c2FsdA==", "Y2hhbGxlbmdl")


async def test_a_connection_is_answered_once(row):
    unlock = Unlocking(row)
    await unlock(SALT, CHALLENGE)

    with pytest.raises(Misunderstood):
        await unlock(SALT, CHALLENGE)
    assert len(await lines_written()) == 1


@pytest.mark.parametrize("odd", ["", "x", "AAAA", base64.b64encode(b"s" * 31).decode(), None, 7, ["a"]])
async def test_what_obs_does_not_make_is_not_answered(row, odd):
    for salt, challenge in ((odd, CHALLENGE), (SALT, odd)):
        with pytest.raises(Misunderstood):
            await Unlocking(row)(salt, challenge)
    assert await lines_written() == []


async def test_a_few_a_minute(row, one_window):
    for _ in range(unlocking.UNLOCKS.most):
        await Unlocking(row)(SALT, CHALLENGE)

    with pytest.raises(UnlockedTooOften):
        await Unlocking(row)(SALT, CHALLENGE)
    assert len(await lines_written()) == unlocking.UNLOCKS.most


async def test_without_a_password_there_is_no_answer(account):
    bare = await unlocking.in_database(lambda: factories.make_integration(account=account))

    with pytest.raises(PasswordMissing):
        await Unlocking(bare)(SALT, CHALLENGE)


async def test_a_password_whose_key_is_gone(row):
    await unlocking.in_database(lambda: Integration.objects.update(password_encrypted=b"\x01no key reads this"))

    with pytest.raises(PasswordUnreadable):
        await Unlocking(row)(SALT, CHALLENGE)


@pytest.mark.parametrize("gone", ["off", "removed"])
async def test_what_was_switched_off_or_removed_meanwhile_is_not_unlocked(row, gone):
    rows = Integration.objects.filter(pk=row.pk)
    await unlocking.in_database(rows.delete if gone == "removed" else lambda: rows.update(is_enabled=False))

    with pytest.raises(SwitchedOff):
        await Unlocking(row)(SALT, CHALLENGE)
    assert await lines_written() == []
