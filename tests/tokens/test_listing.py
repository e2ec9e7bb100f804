from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.enums import Permission
from accounts.models import Member
from tests import factories
from tokens import tasks
from tokens.domain import listing, secret, tokens
from tokens.models import PopoutToken

READ = {Permission.EVENTS_READ}


def found(actor, q: str | None = None, find=listing.alive) -> list[str]:
    """The labels of the tokens that a search brings."""
    return [token.label for token in find(actor, limit=100, q=q).rows]


def test_it_has_this_accounts_living_tokens_newest_first(ada_actor, cleo_actor, django_assert_num_queries) -> None:
    first, _ = factories.make_token(actor=ada_actor, permissions=READ, label="first")
    second, _ = factories.make_token(actor=ada_actor, permissions=READ, label="second")
    gone, _ = factories.make_token(actor=ada_actor, permissions=READ)
    factories.make_token(actor=cleo_actor, permissions=READ)
    tokens.revoke(actor=ada_actor, token=gone)

    with django_assert_num_queries(1):
        rows = listing.alive(ada_actor, limit=100).rows
        assert [(token, token.effective, token.creator.display_name) for token in rows] == [
            (second, READ, "Ada"),
            (first, READ, "Ada"),
        ]
    assert listing.numbers(ada_actor) == (2, 1)


class TestSearch:
    @pytest.fixture
    def known(self, ada_actor, ben, account):
        """Ada's "Stream machine" and Ben's "50% deck" for her; the first one's row and text."""
        one, value = factories.make_token(
            actor=ada_actor, permissions=READ, label="Stream machine", member=Member.objects.get(user=ben)
        )
        nameless = factories.make_user(email="grace@example.com")
        member = factories.make_member(account=account, user=nameless, permissions=READ)
        factories.make_token(actor=factories.actor_of_member(member), permissions=READ, label="50% deck")
        return one, value.reveal()

    def test_by_label_ends_and_names(self, ada_actor, known) -> None:
        one, text = known

        for q in (
            "MACHINE",
            "ada",
            "ben@",
            one.prefix,
            one.last_four,
            one.hint,
            f"…{one.last_four}",
            text,
            f" {text} ",
        ):
            assert "Stream machine" in found(ada_actor, q), q
        assert found(ada_actor, one.hint) == ["Stream machine"]
        assert found(ada_actor, "grace@") == found(ada_actor, "50%") == ["50% deck"]
        assert found(ada_actor, "_") == found(ada_actor, "lm_pop_") == ["50% deck", "Stream machine"]
        assert found(ada_actor, "%%") == found(ada_actor, secret.make().reveal()) == []
        assert found(ada_actor, "\x00") == found(ada_actor, "") == ["50% deck", "Stream machine"]

    def test_nobody_finds_by_addresses_that_they_may_not_see(self, account, known) -> None:
        reader = factories.make_actor(account=account, permissions={Permission.TOKENS_READ})

        assert found(reader, "grace@") == found(reader, "example.com") == []
        assert found(reader, "deck") == ["50% deck"]


def test_what_was_revoked_is_kept_for_90_days_and_then_deleted(ada_actor, cleo_actor) -> None:
    start = datetime(2026, 5, 1, 12, tzinfo=UTC)
    with time_machine.travel(start, tick=False) as clock:
        for label in ("first", "second"):
            token, _ = factories.make_token(actor=ada_actor, permissions=READ, label=label)
            clock.shift(timedelta(hours=1))
            tokens.revoke(actor=ada_actor, token=token)
        factories.make_token(actor=ada_actor, permissions=READ, label="alive")
        foreign, _ = factories.make_token(actor=cleo_actor, permissions=READ)
        tokens.revoke(actor=cleo_actor, token=foreign)

        assert found(ada_actor, find=listing.revoked) == ["second", "first"]
        assert found(ada_actor, "fir", find=listing.revoked) == ["first"]

        clock.move_to(start + timedelta(days=90, hours=1, seconds=1))
        assert (found(ada_actor, find=listing.revoked), listing.numbers(ada_actor)) == (["second"], (1, 1))
        assert tasks.forget_revoked() == 1

    assert sorted(PopoutToken.objects.values_list("label", flat=True)) == ["OBS", "alive", "second"]


def test_every_permission_that_does_not_count_says_why(account) -> None:
    member = factories.make_member(account=account, permissions={*READ, Permission.CHAT_READ, Permission.AUDIT_READ})
    row, _ = factories.make_token(
        actor=factories.actor_of_member(member),
        permissions={*READ, Permission.CHAT_READ, Permission.AUDIT_READ},
        pages=["events", "chat"],
    )
    member.role.permissions = ["events:read", "audit:read"]
    member.role.save()

    def why() -> dict[str, str]:
        token = PopoutToken.objects.with_rights().get(pk=row.pk)
        granted = listing.granted(token)
        assert {one.code for one in granted if not one.why_not} == token.effective
        return {one.code.value: str(one.why_not) for one in granted}

    assert why() == {
        "audit:read": "The popouts that it is bound to cannot use this.",
        "chat:read": "Its creator may not do this any more.",
        "events:read": "",
    }
    member.delete()
    assert set(why().values()) == {"Its creator has left the account."}
