from __future__ import annotations

import pytest
from django.http import Http404

from accounts import rights
from accounts.actor import system_actor
from accounts.domain import granting
from accounts.enums import ALL, Action, Permission
from accounts.models import AuditEntry, Member
from lumio.lib.secrets import digest
from tests import factories
from tokens.domain import tokens
from tokens.enums import NEVER_BY_TOKEN, POPOUTS, Revocation
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
        ({"label": "", "permissions": ["events:fly"]}, granting.UnknownPermission),
        ({"label": "", "permissions": ["events:read", "{sentence}"]}, granting.UnknownPermission),
        ({"label": "", "permissions": ["audit:read"]}, granting.MoreThanHeld),
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


class TestChange:
    @pytest.fixture
    def token(self, ada_actor, changes) -> PopoutToken:
        """Ada's, for events and chat."""
        row, _ = factories.make_token(actor=ada_actor, permissions=READ | {Permission.CHAT_READ})
        changes.clear()
        return row

    @pytest.fixture
    def editor(self, account):
        """Somebody who may change tokens and see events, and no more."""
        return factories.make_actor(account=account, permissions={Permission.TOKENS_EDIT, *READ})

    def test_what_is_given_is_changed_and_written_down(self, ada_actor, ben, token, changes) -> None:
        member = Member.objects.get(user=ben)
        before = PopoutToken.objects.values("digest", "prefix", "last_four", "creator").get()

        tokens.change(actor=ada_actor, token=token, label="Deck", pages=["events"], member=member)

        token.refresh_from_db()
        assert (token.label, token.permissions, token.pages, token.member) == (
            "Deck",
            ["chat:read", "events:read"],
            ["events"],
            member,
        )
        assert PopoutToken.objects.values(*before).get() == before
        entry = AuditEntry.objects.get(action=Action.TOKEN_CHANGED)
        assert (entry.before, entry.after) == (
            {"label": "OBS", "popouts": [], "member": None},
            {"label": "Deck", "popouts": ["events"], "member": "Ben"},
        )
        assert changes == [ada_actor.account.pk]

    def test_nothing_new_is_nothing_done(self, ada_actor, token, changes) -> None:
        tokens.change(actor=ada_actor, token=token, label=" OBS ", permissions=["events:read", "chat:read"], pages=[])

        assert not AuditEntry.objects.filter(action=Action.TOKEN_CHANGED).exists()
        assert changes == []

    def test_of_two_changes_at_once_neither_undoes_the_other(self, ada_actor, token) -> None:
        stale = PopoutToken.objects.get(pk=token.pk)

        tokens.change(actor=ada_actor, token=token, permissions=READ)
        tokens.change(actor=ada_actor, token=stale, label="Deck")

        token.refresh_from_db()
        assert (token.label, token.permissions) == ("Deck", ["events:read"])

    def test_what_an_editor_lacks_may_stay_or_go(self, editor, token) -> None:
        kept = tokens.change(actor=editor, token=token, permissions=READ | {Permission.CHAT_READ}, label="kept")
        assert kept.effective == READ | {Permission.CHAT_READ}

        gone = tokens.change(actor=editor, token=token, permissions=READ)
        assert gone.effective == READ

    @pytest.mark.parametrize(
        ("wanted", "refusal"),
        [
            ({"permissions": [*READ, Permission.CHAT_READ, Permission.AUDIT_READ]}, granting.MoreThanHeld),
            ({"permissions": [*READ, Permission.TOKENS_EDIT]}, tokens.NeverByToken),
            ({"permissions": []}, tokens.NoPermissions),
            ({"permissions": ["events:fly"]}, granting.UnknownPermission),
            ({"label": "x" * 81}, tokens.LabelTooLong),
            ({"pages": ["diary"]}, tokens.UnknownPopout),
            ({"pages": ["events", "music"]}, tokens.PopoutStaysShut),
        ],
    )
    def test_change_refuses_and_nothing_is_changed(self, editor, token, changes, wanted, refusal) -> None:
        before = PopoutToken.objects.values().get()

        with pytest.raises(refusal):
            tokens.change(actor=editor, token=token, **{"label": "mine"} | wanted)

        assert PopoutToken.objects.values().get() == before
        assert not AuditEntry.objects.filter(action=Action.TOKEN_CHANGED).exists()
        assert changes == []

    def test_nobody_sets_free_what_they_lack(self, ada_actor, editor, token) -> None:
        """The binding keeps `chat:read` from being used; whoever takes it off gives that permission."""
        tokens.change(actor=ada_actor, token=token, pages=["events"])

        for pages in ([], ["events", "chat"]):
            with pytest.raises(granting.MoreThanHeld, match="Read chat"):
                tokens.change(actor=editor, token=token, pages=pages)

        token.refresh_from_db()
        assert token.pages == ["events"]

    def test_what_the_editor_holds_and_the_creator_does_not_stays_without_effect(self, account, ada_actor) -> None:
        creator = factories.make_actor(account=account, permissions=READ)
        token, _ = factories.make_token(actor=creator, permissions=READ)

        changed = tokens.change(actor=ada_actor, token=token, permissions=[*READ, Permission.AUDIT_READ])

        assert (changed.listed, changed.effective) == (READ | {Permission.AUDIT_READ}, READ)

    def test_a_revoked_or_foreign_one_is_not_there(self, ada_actor, cleo_actor, token) -> None:
        with pytest.raises(Http404):
            tokens.change(actor=cleo_actor, token=token, label="mine")
        tokens.revoke(actor=ada_actor, token=token)
        with pytest.raises(Http404):
            tokens.change(actor=ada_actor, token=token, label="back again")

        token.refresh_from_db()
        assert token.label == "OBS"


def test_a_reason_is_kept_with_a_revoked_token(ada_actor) -> None:
    token, _ = factories.make_token(actor=ada_actor, permissions=READ)

    with pytest.raises(tokens.NoteTooLong):
        tokens.revoke(actor=ada_actor, token=token, note="x" * 201)
    assert tokens.revoke(actor=ada_actor, token=token, note=" Sold the\nmachine ") is True

    token.refresh_from_db()
    assert (token.revocation, token.revocation_note) == (Revocation.BY_HAND, "Sold the machine")
    assert AuditEntry.objects.get(action=Action.TOKEN_REVOKED).after == {"note": "Sold the machine"}


def test_one_that_leaked_says_so_and_names_nobody(account, ada_actor) -> None:
    token, _ = factories.make_token(actor=ada_actor, permissions=READ)

    tokens.revoke(actor=system_actor(account), token=token, reason=Revocation.LEAKED_IN_CHAT, where="chat of Twitch")

    token.refresh_from_db()
    assert (token.revocation, token.revoked_by, token.revocation_note) == (Revocation.LEAKED_IN_CHAT, None, "")
