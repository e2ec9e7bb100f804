"""One-time links: who makes them, how long they work, and for whom whoever holds one acts."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connections
from django.http import Http404
from django.test import Client

from accounts.actor import PermissionRefused
from accounts.enums import Permission
from accounts.models import Account, AuditEntry, Member, User
from connections.domain import access, links, oauth
from connections.domain.oauth import Denied, LinkGone, StateForeign, SwitchedOff
from connections.enums import LinkLifetime, Purpose
from connections.models import Connection, ConnectLink, OAuthAttempt, PlatformSwitch
from connections.platforms import PLATFORMS
from connections.platforms.failures import NoCredentials
from lumio.lib.secrets import digest
from tests import factories
from tests.connections.conftest import come_back

TWITCH = PLATFORMS["twitch"]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _credentials(credentials):
    return credentials


def lines(account: Account) -> list[tuple[str, str, str, str]]:
    """Action, person, door and what the log says of the door, oldest first, of all that is about connecting."""
    found = AuditEntry.objects.filter(account=account, action__startswith="connect").order_by("id")
    return list(found.values_list("action", "actor_name", "via", "via_detail"))


class TestMaking:
    def test_only_the_digest_of_the_code_is_kept(self, ada_actor, account):
        link, code = factories.make_link(actor=ada_actor)

        stored = ConnectLink.objects.values().get()
        assert stored["code_digest"] == digest(code.reveal())
        assert code.reveal() not in str(stored)
        assert len(code.reveal()) == 43
        assert (link.account, link.created_by, link.platform, link.purpose) == (
            account,
            ada_actor.user,
            "twitch",
            "channel",
        )
        assert links.find(code.reveal()) == link

    @pytest.mark.parametrize(
        ("lifetime", "length"),
        [
            (LinkLifetime.HOUR, timedelta(hours=1)),
            (LinkLifetime.DAY, timedelta(days=1)),
            (LinkLifetime.WEEK, timedelta(days=7)),
        ],
    )
    def test_it_works_for_as_long_as_it_was_made_for(self, ada_actor, lifetime, length):
        with time_machine.travel(NOW, tick=False):
            _, code = factories.make_link(actor=ada_actor, lifetime=lifetime)

        with time_machine.travel(NOW + length - timedelta(seconds=1), tick=False):
            assert links.find(code.reveal()).works
        with time_machine.travel(NOW + length, tick=False), pytest.raises(LinkGone):
            links.find(code.reveal())

    def test_it_is_in_the_audit_log(self, ada_actor, account):
        link, _ = factories.make_link(actor=ada_actor, lifetime=LinkLifetime.HOUR)

        entry = AuditEntry.objects.get(account=account, action="connect_link.made")
        assert (entry.target_id, entry.target_name, entry.after) == (str(link.pk), str(link), {"lifetime": "1h"})

    @pytest.mark.parametrize(
        ("purpose", "permission"),
        [
            (Purpose.CHANNEL, Permission.CONNECTIONS_EDIT),
            (Purpose.BOT, Permission.BOT_CONNECTIONS_CREATE),
        ],
    )
    def test_each_purpose_asks_for_its_own_right(self, account, purpose, permission):
        others = set(Permission) - {permission}

        with pytest.raises(PermissionRefused) as refused:
            factories.make_link(actor=factories.make_actor(account=account, permissions=others), purpose=purpose)

        assert refused.value.permission == permission
        assert not ConnectLink.objects.exists()
        factories.make_link(actor=factories.make_actor(account=account, permissions={permission}), purpose=purpose)
        assert ConnectLink.objects.get().purpose == purpose

    def test_not_for_a_bot_where_there_are_none(self, ada_actor, monkeypatch):
        monkeypatch.setattr(type(TWITCH), "oauth", replace(TWITCH.oauth, bot_scopes=()))

        with pytest.raises(Http404):
            factories.make_link(actor=ada_actor, purpose=Purpose.BOT)

        assert not ConnectLink.objects.exists()

    def test_not_without_app_credentials(self, ada_actor, credentials):
        credentials.delete()

        with pytest.raises(NoCredentials):
            factories.make_link(actor=ada_actor)

        assert not ConnectLink.objects.exists()

    def test_not_for_what_is_switched_off(self, ada_actor):
        PlatformSwitch.objects.create(platform="twitch")

        with pytest.raises(SwitchedOff):
            factories.make_link(actor=ada_actor)

        assert not ConnectLink.objects.exists()

    def test_twenty_are_open_at_most(self, ada_actor, cleo_actor):
        made = [factories.make_link(actor=ada_actor)[0] for _ in range(20)]

        with pytest.raises(links.TooManyLinks):
            factories.make_link(actor=ada_actor)

        assert ConnectLink.objects.count() == 20
        factories.make_credentials(account=cleo_actor.account)
        factories.make_link(actor=cleo_actor)  # another account has its own twenty
        links.withdraw(actor=ada_actor, link=made[0])
        factories.make_link(actor=ada_actor)
        assert ConnectLink.objects.open().filter(account=ada_actor.account).count() == 20

    def test_those_long_over_are_cleared_away(self, ada_actor, cleo_actor):
        with time_machine.travel(NOW, tick=False):
            old, _ = factories.make_link(actor=ada_actor, lifetime=LinkLifetime.HOUR)
        with time_machine.travel(NOW + timedelta(hours=2), tick=False):
            factories.make_link(actor=ada_actor)
            assert ConnectLink.objects.filter(pk=old.pk).exists()

        with time_machine.travel(NOW + timedelta(hours=25, seconds=1), tick=False):
            factories.make_link(actor=ada_actor)

        assert not ConnectLink.objects.filter(pk=old.pk).exists()


class TestListing:
    def test_only_what_is_open_newest_first(self, ada_actor, cleo_actor):
        made = [factories.make_link(actor=ada_actor)[0] for _ in range(4)]
        ConnectLink.objects.filter(pk=made[0].pk).update(used_at=NOW)
        ConnectLink.objects.filter(pk=made[1].pk).update(expires_at=NOW)

        assert links.open_links(ada_actor) == [made[3], made[2]]
        assert links.open_links(cleo_actor) == []

    def test_only_of_the_kinds_one_may_make(self, ada_actor, account):
        channel, _ = factories.make_link(actor=ada_actor)
        bot, _ = factories.make_link(actor=ada_actor, purpose=Purpose.BOT)
        seen = {
            permission: links.open_links(factories.make_actor(account=account, permissions={permission}))
            for permission in (
                Permission.CONNECTIONS_EDIT,
                Permission.BOT_CONNECTIONS_CREATE,
                Permission.CONNECTIONS_READ,
            )
        }

        assert list(seen.values()) == [[channel], [bot], []]

    def test_a_link_whose_maker_lost_the_right_says_so(self, ada_actor, account):
        actor = factories.make_actor(account=account, permissions={Permission.CONNECTIONS_EDIT})
        factories.make_link(actor=actor)
        Member.objects.filter(user=actor.user).delete()

        assert [link.works for link in links.open_links(ada_actor)] == [False]

    def test_one_query_however_many(self, ada_actor, django_assert_num_queries):
        for wanted in (1, 3):
            while ConnectLink.objects.count() < wanted:
                factories.make_link(actor=ada_actor)

            with django_assert_num_queries(1):
                assert [link.works for link in links.open_links(ada_actor)] == [True] * wanted


class TestFinding:
    def test_why_it_does_not_work_is_told_to_nobody(self, ada_actor, account):
        said = set()
        maker = factories.make_actor(account=account, permissions={Permission.CONNECTIONS_EDIT})
        ways = {
            "used": lambda link: ConnectLink.objects.filter(pk=link.pk).update(used_at=NOW),
            "run out": lambda link: ConnectLink.objects.filter(pk=link.pk).update(expires_at=NOW),
            "withdrawn": lambda link: links.withdraw(actor=ada_actor, link=link),
            "its maker left": lambda link: Member.objects.filter(user=maker.user).delete(),
        }
        for end in ways.values():
            link, code = factories.make_link(actor=maker)
            assert links.find(code.reveal()) == link
            end(link)
            with pytest.raises(LinkGone) as refused:
                links.find(code.reveal())
            said.add((refused.value.code, refused.value.text))
        with pytest.raises(LinkGone) as refused:
            links.find("made-up")

        assert said == {(refused.value.code, refused.value.text)}

    @pytest.mark.parametrize("change", ["demoted", "switched off"])
    def test_it_works_only_while_its_maker_may(self, account, change):
        actor = factories.make_actor(account=account, permissions={Permission.CONNECTIONS_EDIT})
        _, code = factories.make_link(actor=actor)
        member = Member.objects.get(user=actor.user)
        if change == "demoted":
            member.role.permissions = [Permission.BOT_CONNECTIONS_CREATE]
            member.role.save()
        else:
            User.objects.filter(pk=actor.user.pk).update(is_active=False)

        with pytest.raises(LinkGone):
            links.find(code.reveal())

        member.role.permissions = [Permission.CONNECTIONS_EDIT]
        member.role.save()
        User.objects.filter(pk=actor.user.pk).update(is_active=True)
        assert links.find(code.reveal()).works

    @pytest.mark.parametrize("code", ["", "\x00", "x" * 5000, "ü"])
    def test_what_is_no_code(self, db, code):
        with pytest.raises(LinkGone):
            links.find(code)

    def test_one_query(self, ada_actor, django_assert_num_queries):
        _, code = factories.make_link(actor=ada_actor)

        with django_assert_num_queries(1):
            link = links.find(code.reveal())
            assert (link.works, link.account.name, link.created_by.display_name) == (True, "Ada live", "Ada")


class TestWithdrawing:
    def test_it_ends_the_link_and_is_in_the_audit_log_once(self, ada_actor, account):
        link, code = factories.make_link(actor=ada_actor)

        links.withdraw(actor=ada_actor, link=link)
        links.withdraw(actor=ada_actor, link=link)

        with pytest.raises(LinkGone):
            links.find(code.reveal())
        assert [line[0] for line in lines(account)] == ["connect_link.made", "connect_link.withdrawn"]

    def test_what_is_used_stays_used(self, ada_actor, account):
        link, _ = factories.make_link(actor=ada_actor)
        ConnectLink.objects.update(used_at=NOW)
        before = ConnectLink.objects.values().get()

        links.withdraw(actor=ada_actor, link=link)

        assert ConnectLink.objects.values().get() == before
        assert [line[0] for line in lines(account)] == ["connect_link.made"]

    def test_only_by_who_may_make_such_a_one(self, ada_actor, account):
        link, code = factories.make_link(actor=ada_actor, purpose=Purpose.BOT)
        actor = factories.make_actor(account=account, permissions={Permission.CONNECTIONS_EDIT})

        for act in (lambda: access.get_link(actor, link.pk), lambda: links.withdraw(actor=actor, link=link)):
            with pytest.raises(PermissionRefused) as refused:
                act()
            assert refused.value.permission == Permission.BOT_CONNECTIONS_CREATE

        assert links.find(code.reveal()).works

    def test_another_accounts_link_is_not_there(self, ada_actor, cleo_actor):
        link, _ = factories.make_link(actor=ada_actor)

        for link_id in (link.pk, str(link.pk), "no id"):
            with pytest.raises(Http404):
                access.get_link(cleo_actor, link_id)


class TestActing:
    """Against the stand-in, with the session key that a visitor's browser would have."""

    SESSION = "a-visitors-session"

    def begin(self, code, session: str = SESSION) -> str:
        return links.begin(link=links.find(code.reveal()), session_key=session, address="192.0.2.7")

    def finish(self, twitch, url: str, user: str = "mira_plays", session: str = SESSION, allow: bool = True):
        answer = dict(pair.split("=") for pair in twitch.consent(url, user=user, allow=allow).split("?")[1].split("&"))
        link = links.held(oauth.attempted(answer).link_id)
        return links.finish(link=link, platform=TWITCH, session_key=session, answer=answer, address="192.0.2.7")

    def test_the_holder_acts_for_the_maker_and_the_log_says_how(self, ada_actor, account, twitch):
        link, code = factories.make_link(actor=ada_actor)

        connection = self.finish(twitch, self.begin(code))

        assert (connection.account, connection.channel_name, connection.connected_by) == (
            account,
            "Mira_Plays",
            ada_actor.user,
        )
        assert lines(account) == [
            ("connect_link.made", "Ada", "session", ""),
            ("connection.created", "Ada", "connect_link", f"one-time link for {link}"),
        ]
        assert AuditEntry.objects.get(action="connection.created").address == "192.0.2.7"
        link.refresh_from_db()
        assert link.used_at is not None

    def test_a_denied_consent_leaves_it_good(self, ada_actor, account, twitch):
        link, code = factories.make_link(actor=ada_actor)

        with pytest.raises(Denied):
            self.finish(twitch, self.begin(code), allow=False)

        assert [line[0] for line in lines(account)] == ["connect_link.made", "connection.refused"]
        assert lines(account)[1][2:] == ("connect_link", f"one-time link for {link}")
        assert self.finish(twitch, self.begin(code)).channel_name == "Mira_Plays"

    def test_of_two_who_finish_one_after_the_other_the_first_wins(self, ada_actor, twitch):
        twitch.add_user("kai", name="Kai")
        _, code = factories.make_link(actor=ada_actor)
        first, second = self.begin(code, "first"), self.begin(code, "second")

        self.finish(twitch, first, session="first")
        with pytest.raises(LinkGone):
            self.finish(twitch, second, user="kai", session="second")

        assert Connection.objects.get().channel_name == "Mira_Plays"
        assert len(twitch.calls("/oauth2/token")) == 1  # whose link is used is not exchanged for tokens at all

    def test_the_sign_in_of_a_link_is_not_one_of_its_maker(self, ada_client, ada_actor, twitch):
        """Ada's own session key would fit, and she is who the attempt names."""
        _, code = factories.make_link(actor=ada_actor)
        url = self.begin(code, ada_client.session.session_key)
        answer = dict(pair.split("=") for pair in twitch.consent(url, user="mira_plays").split("?")[1].split("&"))

        with pytest.raises(StateForeign):
            oauth.finish(actor=ada_actor, platform=TWITCH, session_key=ada_client.session.session_key, answer=answer)

        assert not Connection.objects.exists()

    def test_a_sign_in_from_the_dashboard_has_no_link(self, ada_client, account, twitch):
        ada_client.post("/dashboard/connections/twitch/connect")

        assert OAuthAttempt.objects.get().link is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_finish_at_the_same_moment_one_wins_and_the_others_tokens_are_handed_back(
    ada_actor, twitch, monkeypatch
):
    """Both have exchanged their code before either has stored anything."""
    twitch.add_user("kai", name="Kai")
    _, code = factories.make_link(actor=ada_actor)
    address = links.address_of(code).removeprefix("http://localhost:8000")
    people = {name: Client(HTTP_HOST="localhost") for name in ("mira_plays", "kai")}
    answers = {name: twitch.consent(people[name].post(address).context["url"], user=name) for name in people}
    both, identity = threading.Barrier(2, timeout=20), type(TWITCH).identity
    monkeypatch.setattr(
        type(TWITCH), "identity", lambda self, token, client: (identity(self, token, client), both.wait())[0]
    )

    def finish(name: str) -> None:
        come_back(people[name], answers[name])
        connections.close_all()

    threads = [threading.Thread(target=finish, args=[name]) for name in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winner = Connection.objects.get().channel_login
    [loser] = set(people) - {winner}
    assert "Connected" in people[winner].get("/connect").content.decode()
    page = people[loser].get("/connect")
    assert page.status_code == 410
    assert "Nothing was connected, and Lumio kept no access to what you signed in to." in page.content.decode()
    owner = {name: twitch.state.find_user(name).id for name in people}
    alive = {token.user_id for token in twitch.state.access_tokens.values()}
    assert (owner[winner] in alive, owner[loser] in alive) == (True, False)
    assert AuditEntry.objects.filter(action="connection.refused", after={"code": "link_gone"}).count() == 1
