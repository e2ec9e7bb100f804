from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import ALL, OWNER, Permission, Via
from accounts.models import Member
from tests import factories
from tokens.domain import access, secret, tokens
from tokens.enums import NEVER_BY_TOKEN
from tokens.models import PopoutToken

READ = {Permission.EVENTS_READ}


def authenticate(value, page="/popout/events"):
    return access.authenticate(value.reveal(), page)


def test_one_query_resolves_a_token(ada_actor, django_assert_num_queries) -> None:
    _, value = factories.make_token(actor=ada_actor, permissions=READ)
    authenticate(value)  # the first use is written down

    with django_assert_num_queries(1):
        actor = authenticate(value)
        assert (actor.account.name, actor.user.display_name, actor.permissions) == ("Ada live", "Ada", READ)


@pytest.mark.parametrize("value", ["", "hidden", "lm_pop_", "lm_pop_" + "0" * 42, "x" * 100_000])
def test_a_malformed_token_asks_no_database(db, django_assert_num_queries, value) -> None:
    with django_assert_num_queries(0):
        assert access.authenticate(value, "/popout/events") is None


def test_an_unknown_token_is_nobody(db) -> None:
    assert authenticate(secret.make()) is None


def test_a_revoked_token_is_nobody(ada_actor) -> None:
    token, value = factories.make_token(actor=ada_actor, permissions=READ)

    tokens.revoke(actor=ada_actor, token=token)

    assert authenticate(value) is None


def test_the_actor_is_its_creator_through_the_token(ada_actor) -> None:
    token, value = factories.make_token(actor=ada_actor, permissions=READ)

    actor = authenticate(value)

    assert (actor.user, actor.via, actor.token_id) == (ada_actor.user, Via.POPOUT_TOKEN, token.pk)
    assert actor.via_detail == f"popout token …{value.reveal()[-4:]}"


def test_the_assigned_member_names_the_actor_and_gives_no_right(ada_actor, ben) -> None:
    member = Member.objects.get(user=ben)
    token, value = tokens.create(actor=ada_actor, label="", permissions={Permission.AUDIT_READ}, member=member)

    actor = authenticate(value)

    assert (actor.user, actor.permissions) == (ben, {Permission.AUDIT_READ})
    assert actor.via_detail == f"popout token …{token.last_four}, assigned to a member"


def test_when_the_assigned_member_leaves_the_creator_is_named_again(ada_actor, ben) -> None:
    member = Member.objects.get(user=ben)
    _, value = tokens.create(actor=ada_actor, label="", permissions=READ, member=member)

    member.delete()

    assert authenticate(value).user == ada_actor.user


def test_a_creator_who_was_demoted_takes_the_token_along(account) -> None:
    member = factories.make_member(account=account, permissions=READ | {Permission.CHAT_READ})
    _, value = factories.make_token(actor=factories.actor_of_member(member), permissions=READ | {Permission.CHAT_READ})

    member.role.permissions = [Permission.CHAT_READ]
    member.role.save()
    assert authenticate(value).permissions == {Permission.CHAT_READ}

    member.role.permissions = []
    member.role.save()
    assert authenticate(value).permissions == frozenset()


def test_a_creator_who_left_leaves_nothing(account) -> None:
    member = factories.make_member(account=account, permissions=READ)
    _, value = factories.make_token(actor=factories.actor_of_member(member), permissions=READ)

    member.delete()

    assert authenticate(value) is None


def test_a_creator_who_went_to_another_account_leaves_nothing(account, cleo_actor) -> None:
    member = factories.make_member(account=account, user=cleo_actor.user, permissions=READ)
    _, value = factories.make_token(actor=factories.actor_of_member(member), permissions=READ)

    member.delete()

    assert authenticate(value) is None


def test_a_deactivated_creator_leaves_nothing(ada_actor) -> None:
    _, value = factories.make_token(actor=ada_actor, permissions=READ)

    ada_actor.user.is_active = False
    ada_actor.user.save()

    assert authenticate(value) is None


def test_what_no_token_can_use_is_cut_even_if_a_row_lists_it(ada_actor) -> None:
    token, value = factories.make_token(actor=ada_actor, permissions=READ)
    PopoutToken.objects.filter(pk=token.pk).update(permissions=[*sorted(ALL), "no:such", 7])

    assert authenticate(value).permissions == ALL - NEVER_BY_TOKEN


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listed=st.sets(st.sampled_from(sorted(ALL))), held=st.sets(st.sampled_from(sorted(ALL))))
def test_no_token_ever_may_more_than_it_lists_and_its_creator_may(ada_actor, account, listed, held) -> None:
    member = factories.make_member(account=account, permissions=ALL)
    token, value = factories.make_token(actor=factories.actor_of_member(member), permissions=READ)
    PopoutToken.objects.filter(pk=token.pk).update(permissions=sorted(listed))
    member.role.permissions = sorted(held)
    member.role.save()

    assert authenticate(value).permissions == frozenset(listed & held) - NEVER_BY_TOKEN


def test_the_owners_token_knows_codes_younger_than_the_account(account, ada_actor) -> None:
    account.roles.filter(slug=OWNER.slug).update(permissions=[])
    _, value = factories.make_token(actor=ada_actor, permissions=READ)

    assert authenticate(value).permissions == READ


def test_a_use_is_written_once_a_minute(ada_actor) -> None:
    token, value = factories.make_token(actor=ada_actor, permissions=READ)
    start = datetime(2026, 5, 1, 12, tzinfo=UTC)

    with time_machine.travel(start, tick=False) as clock:
        authenticate(value, "/popout/events")
        clock.shift(timedelta(seconds=59))
        with CaptureQueriesContext(connection) as queries:
            authenticate(value, "/v1/tokens/me")
        token.refresh_from_db()
        assert (len(queries), token.last_used_at, token.last_used_page) == (1, start, "/popout/events")

        clock.shift(timedelta(seconds=1))
        authenticate(value, "/v1/" + "x" * 200)
        token.refresh_from_db()
        assert token.last_used_at == start + timedelta(minutes=1)
        assert token.last_used_page == ("/v1/" + "x" * 200)[:80]


def test_a_database_that_takes_no_writes_keeps_nobody_out(ada_actor, caplog) -> None:
    _, value = factories.make_token(actor=ada_actor, permissions=READ)

    def refuse(execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        assert authenticate(value).permissions == READ
    assert "could not be noted: database is locked" in caplog.text


def test_rows_of_another_account_are_not_there(ada_actor, ada, cleo_actor) -> None:
    token, _ = factories.make_token(actor=cleo_actor, permissions=READ)

    with pytest.raises(Http404):
        access.get_token(ada_actor, token.pk, Permission.TOKENS_READ)
    with pytest.raises(Http404):
        access.get_member(ada_actor, Member.objects.get(user=cleo_actor.user).pk)
