from __future__ import annotations

import pytest

from accounts import rights
from accounts.actor import system_actor
from accounts.enums import ALL, Action, Permission
from accounts.models import AuditEntry, Member
from lumio.lib.secrets import digest
from tests import factories
from tokens.domain import tokens
from tokens.enums import NEVER_BY_TOKEN, POPOUTS
from tokens.models import PopoutToken

READ = {Permission.EVENTS_READ}


@pytest.fixture
def changes(monkeypatch):
    """The accounts whose rights were said to have changed."""
    seen = []
    monkeypatch.setattr(rights, "_listeners", [seen.append])
    return seen


def test_create_keeps_a_digest_and_writes_it_down(ada_actor, ben, changes) -> None:
    member = Member.objects.get(user=ben)

    token, value = tokens.create(actor=ada_actor, label=" OBS\n main ", permissions=READ, member=member)

    token.refresh_from_db()
    assert (token.label, token.permissions, token.creator, token.member) == (
        "OBS main",
        ["events:read"],
        ada_actor.user,
        member,
    )
    text = value.reveal()
    assert (token.digest, token.hint) == (digest(text), f"{text[:11]}…{text[-4:]}")
    entry = AuditEntry.objects.get(action=Action.TOKEN_CREATED)
    assert entry.target_name == f"OBS main (…{token.last_four})"
    assert entry.after == {
        "label": "OBS main",
        "permissions": ["events:read"],
        "popouts": [],
        "member": "Ben",
    }
    assert changes == [ada_actor.account.pk]


def test_permissions_are_kept_once_and_in_order(ada_actor) -> None:
    token, _ = tokens.create(actor=ada_actor, label="", permissions=["events:read", "chat:read", "events:read"])

    assert token.permissions == ["chat:read", "events:read"]


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"label": "x" * 81, "permissions": READ}, tokens.LabelTooLong),
        ({"label": "", "permissions": []}, tokens.NoPermissions),
        ({"label": "", "permissions": ["events:fly"]}, tokens.UnknownPermission),
        ({"label": "", "permissions": ["events:read", "{sentence}"]}, tokens.UnknownPermission),
        ({"label": "", "permissions": ["audit:read"]}, tokens.MoreThanHeld),
    ],
)
def test_create_refuses_and_nothing_is_made(ben_actor, wanted, refusal, changes) -> None:
    with pytest.raises(refusal) as caught:
        tokens.create(actor=ben_actor, **wanted)

    assert "{" not in caught.value.text.replace("{sentence}", "")
    assert (PopoutToken.objects.count(), AuditEntry.objects.filter(action=Action.TOKEN_CREATED).count()) == (0, 0)
    assert changes == []


@pytest.mark.parametrize("code", sorted(NEVER_BY_TOKEN))
def test_what_no_token_can_use_is_refused_even_to_the_owner(ada_actor, code) -> None:
    with pytest.raises(tokens.NeverByToken):
        tokens.create(actor=ada_actor, label="", permissions=[Permission.EVENTS_READ, code])

    assert not PopoutToken.objects.exists()


def test_through_a_token_nobody_manages_what_a_leak_must_not_reach() -> None:
    guarded = ("tokens", "connections", "bot-connections", "members", "roles")
    expected = {code for code in ALL if code.partition(":")[0] in guarded and not code.endswith(":read")}

    assert expected | {Permission.ACCOUNT_EDIT, Permission.ACCOUNT_DELETE} == NEVER_BY_TOKEN


def test_what_is_offered_is_held_and_usable(ben_actor, ada_actor) -> None:
    assert set(tokens.grantable(ben_actor)) == ben_actor.permissions
    assert set(tokens.grantable(ada_actor)) == ALL - NEVER_BY_TOKEN


def test_a_preset_offers_nothing_that_no_token_can_use() -> None:
    assert not {code for popout in POPOUTS for code in popout.permissions} & NEVER_BY_TOKEN


def test_another_accounts_member_cannot_be_assigned(ada_actor, cleo_actor) -> None:
    with pytest.raises(ValueError, match="this account"):
        tokens.create(actor=ada_actor, label="", permissions=READ, member=Member.objects.get(user=cleo_actor.user))


def test_nobody_in_particular_makes_no_token(account) -> None:
    with pytest.raises(ValueError, match="person"):
        tokens.create(actor=system_actor(account), label="", permissions=READ)


def test_revoke_ends_it_and_writes_it_down_once(ada_actor, changes) -> None:
    token, _ = factories.make_token(actor=ada_actor, permissions=READ)
    changes.clear()

    tokens.revoke(actor=ada_actor, token=token)
    tokens.revoke(actor=ada_actor, token=token)

    token.refresh_from_db()
    assert (token.revoked_at is not None, token.revoked_by) == (True, ada_actor.user)
    entry = AuditEntry.objects.get(action=Action.TOKEN_REVOKED)
    assert entry.before == {"label": "OBS", "permissions": ["events:read"]}
    assert changes == [ada_actor.account.pk]
