"""What holds for popout tokens whatever people do with them, and however somebody tries one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.enums import Permission
from accounts.models import Member
from lumio.lib.errors import Refusal
from tests import factories
from tokens.domain import access, secret, tokens
from tokens.enums import usable
from tokens.models import PopoutToken

HELD = [
    Permission.EVENTS_READ,
    Permission.EVENTS_CREATE,
    Permission.CHAT_READ,
    Permission.CHAT_WRITE,
    Permission.AUDIT_READ,
]
NEVER = Permission.TOKENS_EDIT
PEOPLE = ["creator", "editor"]

codes = st.sets(st.sampled_from([*HELD, NEVER]))
people = st.sampled_from(PEOPLE)
pages = st.sets(st.sampled_from(["events", "chat", "obs"]))
steps = st.one_of(
    st.tuples(st.just("change"), people, codes, pages),
    st.tuples(st.just("role"), people, codes, pages),
    st.tuples(st.just("leave"), people, codes, pages),
)


class Team:
    """Somebody who made a token and somebody who changes it: what each holds, by name; None after they have left."""

    def __init__(self, account) -> None:
        self.account = account
        self.users = {name: factories.make_user() for name in PEOPLE}
        self.held: dict[str, set[str] | None] = dict.fromkeys(PEOPLE)
        for name in PEOPLE:
            self.give_role(name, set(HELD))
        made = tokens.create(actor=self.actor("creator"), label="", permissions={Permission.EVENTS_READ})
        self.token, self.secret = made

    def actor(self, name: str):
        seats = Member.objects.select_related("account", "user", "role")
        return factories.actor_of_member(seats.get(account=self.account, user=self.users[name]))

    def give_role(self, name: str, permissions: set[str]) -> None:
        """Whoever has left comes back with it."""
        self.leave(name)
        factories.make_member(account=self.account, user=self.users[name], permissions=permissions)
        self.held[name] = permissions

    def leave(self, name: str) -> None:
        Member.objects.filter(account=self.account, user=self.users[name]).delete()
        self.held[name] = None

    def change(self, name: str, permissions: set[str], popouts: set[str]) -> None:
        if self.held[name] is None:
            return
        before = self.reach()
        try:
            tokens.change(actor=self.actor(name), token=self.token, permissions=permissions, pages=popouts)
        except Refusal:
            assert self.reach() == before
        else:
            assert self.reach() - before <= self.held[name]

    def reach(self) -> frozenset[str]:
        """What the token could be used for, did its creator hold everything."""
        row = PopoutToken.objects.get(pk=self.token.pk)
        return row.listed & usable(row.pages)

    def may(self) -> frozenset[str]:
        actor = access.authenticate(self.secret.reveal(), "/popout/events")
        return actor.permissions if actor else frozenset()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(steps, max_size=8))
def test_no_story_gives_a_token_what_its_creator_lacks(account, story) -> None:
    team = Team(account)

    for what, name, permissions, popouts in story:
        match what:
            case "change":
                team.change(name, permissions, popouts)
            case "role":
                team.give_role(name, permissions)
            case "leave":
                team.leave(name)
        assert team.may() == team.reach() & (team.held["creator"] or set()) - {NEVER}


#: Headers that count tries, or characters of what was tried, or differ each time.
COUNTING = {"Content-Length", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-ID"}
DOORS = ["/popout/events", "/v1/tokens/me", "/v1/events", "/v1/gql"]


def tried(client, address: str, text: str) -> tuple:
    """How a door answers, and how many queries it takes for that."""
    with CaptureQueriesContext(connection) as queries:
        if address == "/v1/gql":
            body = {"query": "{ myPermissions }"}
            answer = client.post(f"{address}?token={text}", body, content_type="application/json")
        else:
            answer = client.get(address, {"token": text})
    told = answer.content.decode().replace(text, "")
    headers = {name: value for name, value in answer.headers.items() if name not in COUNTING}
    return (answer.status_code, told, headers), len(queries)


@pytest.fixture
def dead(account, ada_actor) -> dict[str, str]:
    """Tokens that open nothing, by why."""
    revoked, value = factories.make_token(actor=ada_actor, permissions={Permission.EVENTS_READ})
    tokens.revoke(actor=ada_actor, token=revoked)
    member = factories.make_member(account=account, permissions={Permission.EVENTS_READ})
    _, orphan = factories.make_token(actor=factories.actor_of_member(member), permissions={Permission.EVENTS_READ})
    member.delete()
    return {"unknown": secret.make().reveal(), "revoked": value.reveal(), "creator left": orphan.reveal()}


@pytest.mark.parametrize("address", DOORS)
def test_whatever_is_wrong_with_a_token_is_told_alike(client, dead, address) -> None:
    mistyped = dead["revoked"][:-1] + ("0" if dead["revoked"][-1] != "0" else "1")

    answers = {why: tried(client, address, text) for why, text in dead.items()}
    malformed = [tried(client, address, text) for text in (mistyped, "", "lm_pop_x", "x" * 3000)]

    said, _ = answers["unknown"]
    assert said[0] == 401
    assert answers == dict.fromkeys(dead, (said, 1))
    assert malformed == [(said, 0)] * 4
