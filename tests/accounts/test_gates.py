from __future__ import annotations

from dataclasses import replace

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts import gates
from accounts.actor import Actor, PermissionRefused
from accounts.authentication import ACCOUNT_KEY, NoAccount, WrongAccount, actor_from
from accounts.enums import Permission
from accounts.models import Member
from tests import factories


@gates.page(Permission.TOKENS_READ)
def tokens_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.actor.account.name}: {request.actor.user.name}")


def ask(user=None, path="/dashboard/tokens", session=None, method="get", data=None, **headers):
    request = getattr(RequestFactory(), method)(path, data or {}, headers=headers, HTTP_HOST="localhost")
    request.user = user or Nobody()
    request.session = session or {}
    return request


class Nobody:
    is_authenticated = False


def test_a_member_with_the_permission_comes_in(ada, account):
    response = tokens_page(ask(ada))

    assert response.content == b"Ada live: Ada"
    assert response["Cache-Control"] == "private, no-store"


def test_a_member_without_it_is_told_which(ben):
    with pytest.raises(PermissionRefused) as refused:
        tokens_page(ask(ben))

    assert refused.value.permission == Permission.TOKENS_READ


@pytest.mark.parametrize(
    ("path", "headers", "back"),
    [
        ("/dashboard/tokens?tab=revoked", {}, "/dashboard/tokens%3Ftab%3Drevoked"),
        ("/dashboard/tokens?token=lm_pop_secret", {}, "/dashboard/tokens"),
    ],
)
def test_a_stranger_is_sent_to_sign_in_and_back(path, headers, back):
    response = tokens_page(ask(path=path, **headers))

    assert (response.status_code, response["Location"]) == (302, f"/account/login/?next={back}")


def test_a_forms_way_back_is_the_page_it_was_on():
    response = tokens_page(ask(method="post", referer="http://localhost/dashboard/tokens?new=1"))

    assert response["Location"] == "/account/login/?next=/dashboard/tokens%3Fnew%3D1"


@pytest.mark.parametrize("referer", ["", "https://evil.example/x", "//evil.example/x", "javascript:alert(1)"])
def test_a_way_back_that_is_not_ours_is_the_dashboard(referer):
    response = tokens_page(ask(method="post", referer=referer))

    assert response["Location"] == "/account/login/?next=/dashboard"


def test_a_fragment_sends_the_whole_page_to_sign_in():
    response = tokens_page(
        ask(path="/dashboard/tokens/list", HX_Request="true", HX_Current_URL="http://localhost/dashboard/tokens")
    )

    assert response.status_code == 200
    assert response["HX-Redirect"] == "/account/login/?next=/dashboard/tokens"


def test_a_token_does_not_open_a_page_even_beside_a_session(ada, account, monkeypatch):
    monkeypatch.setattr("accounts.authentication._token_authenticators", [lambda token, page: factories.make_actor()])

    response = tokens_page(ask(ada, path="/dashboard/tokens?token=lm_pop_x"))

    assert response.status_code == 302


def test_a_person_without_any_account_is_told(db):
    with pytest.raises(NoAccount):
        tokens_page(ask(factories.make_user()))


def test_a_person_without_any_account_gets_a_page(client, db):
    client.force_login(factories.make_user())

    response = client.get("/dashboard")

    assert response.status_code == 403
    assert "You are not a member of any account." in response.content.decode()
    assert 'action="/account/logout/"' in response.content.decode()


def test_losing_the_membership_counts_from_the_next_request(ben_client, ben):
    assert ben_client.get("/dashboard").status_code == 200

    Member.objects.filter(user=ben).delete()

    assert ben_client.get("/dashboard").status_code == 403


def test_the_session_names_the_account_and_only_ones_own(ada, account, cleo):
    second = factories.make_account(owner=ada, name="Second")
    foreign = cleo.memberships.get().account

    assert actor_from(ask(ada, session={ACCOUNT_KEY: str(second.pk)})).account == second
    assert actor_from(ask(ada, session={ACCOUNT_KEY: str(foreign.pk)})).account == account
    assert actor_from(ask(ada)).account == account


class TestTwoTabs:
    """The page was opened for one account, the session works in another by now."""

    def test_a_form_for_the_other_account_is_refused(self, ada, account):
        second = factories.make_account(owner=ada, name="Second")

        with pytest.raises(WrongAccount):
            actor_from(ask(ada, method="post", data={"account": str(second.pk)}))

    def test_a_call_for_the_other_account_is_refused(self, ada, account):
        second = factories.make_account(owner=ada, name="Second")

        with pytest.raises(WrongAccount):
            actor_from(ask(ada, Lumio_Account=str(second.pk)))

    def test_the_same_account_passes(self, ada, account):
        assert actor_from(ask(ada, method="post", data={"account": str(account.pk)})).account == account
        assert actor_from(ask(ada, Lumio_Account=str(account.pk))).account == account


class TestPopout:
    @staticmethod
    def open(request: HttpRequest) -> HttpResponse:
        def refused(request: HttpRequest, error: Exception) -> HttpResponse:
            return HttpResponse(type(error).__name__, status=401)

        @gates.popout("events", Permission.TOKENS_READ, refused=refused)
        def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse(request.actor.via)

        return view(request)

    @pytest.fixture
    def known_token(self, account, monkeypatch) -> Actor:
        actor = factories.make_actor(account=account, permissions={"events:read"})
        monkeypatch.setattr(
            "accounts.authentication._token_authenticators", [lambda token, page: actor if token == "known" else None]
        )
        return actor

    def test_a_session_opens_it(self, ada, account):
        assert self.open(ask(ada, "/popout/events")).content == b"session"

    def test_nobody_is_refused_by_the_page_itself(self):
        assert self.open(ask(path="/popout/events")).content == b"NotSignedIn"

    def test_beside_a_token_the_session_is_not_read(self, ada, account, known_token):
        assert self.open(ask(ada, "/popout/events?token=known")).content == b"PermissionRefused"
        assert self.open(ask(ada, "/popout/events?token=other")).content == b"NotSignedIn"

    def test_a_token_that_is_bound_opens_no_other_page(self, account, monkeypatch):
        def opens(*pages: str) -> bytes:
            actor = replace(factories.make_actor(account=account), pages=frozenset(pages))
            monkeypatch.setattr("accounts.authentication._token_authenticators", [lambda token, page: actor])
            return self.open(ask(path="/popout/events?token=known")).content

        assert (opens("chat"), opens("events", "chat"), opens()) == (b"PageRefused", b"session", b"session")

    def test_a_bearer_header_is_refused_even_beside_a_session(self, ada, account, known_token):
        assert self.open(ask(ada, "/popout/events", Authorization="Bearer known")).content == b"NotSignedIn"


def test_any_one_of_several_permissions_opens_a_gate(account):
    gate = gates.any_of(Permission.EVENTS_READ, Permission.CHAT_READ)

    gate.admit(factories.make_actor(account=account, permissions={"chat:read"}))
    with pytest.raises(PermissionRefused, match="events:read"):
        gate.admit(factories.make_actor(account=account, permissions={"tokens:read"}))
