"""What whoever holds an invitation sees, from opening the link to working in the account."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client, override_settings

from accounts import throttle
from accounts.domain import invitations
from accounts.enums import MODERATOR
from accounts.models import Account, Invitation, Member, User
from accounts.throttle import Limit
from tests import factories, pages
from tests.accounts.test_social import MIRA, come_back, leave, twitch  # noqa: F401  # fixture
from tests.accounts.test_social import agree as agree_at_twitch

GONE = "This invitation opens nothing: it has run out, was used up or withdrawn"


@pytest.fixture
def address(ada_actor) -> str:
    """A moderator's invitation of Ada's, for one."""
    _, code = factories.make_invitation(actor=ada_actor)
    return f"/invite/{code.reveal()}"


def words(response: Any) -> str:
    body = response.content.decode().partition("<body")[2].partition(">")[2]
    return pages.words(body)


def sign_up(client: Client, email: str = "zoe@example.com", **extra: Any):
    form = {"email": email, "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    return client.post("/account/signup/", form, **extra)


class TestAsking:
    def test_it_says_who_invites_to_what_and_what_that_allows(self, client, address):
        page = client.get(address)

        said = words(page)
        assert "Join Ada live" in said
        assert "Ada invites you to work together in Ada live." in said
        assert "What Moderator may do" in said
        assert "Ban and unban viewers" in said
        assert "Create your sign-in" in said
        assert "ada@example.com" not in page.content.decode()

    def test_it_is_kept_by_nobody_and_names_itself_to_nobody(self, client, address):
        for page in (client.get(address), client.get("/invite/made-up"), client.get("/invite")):
            assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "strict-origin")

    def test_looking_begins_no_session_and_uses_nothing_up(self, client, address):
        client.get(address)

        assert not Session.objects.exists()
        assert Invitation.objects.get().uses == 0

    @pytest.mark.parametrize("address", ["/invite/made-up", "/invite/%00", "/invite/" + "x" * 2000, "/invite"])
    def test_what_is_no_invitation_gets_one_answer(self, client, db, address):
        for response in (client.get(address), client.post(address)):
            assert response.status_code == 410
            assert GONE in words(response)

    def test_one_that_was_withdrawn_gets_the_same(self, client, ada_actor, address):
        unknown = words(client.get("/invite/made-up"))
        invitations.withdraw(actor=ada_actor, invitation=Invitation.objects.get())

        assert words(client.get(address)) == unknown

    def test_whoever_asks_too_often_waits(self, client, address, monkeypatch, one_window):
        monkeypatch.setattr(throttle, "ADDRESS", Limit("address", 2))

        answers = [client.get(f"/invite/guess-{n}").status_code for n in range(3)]

        assert answers == [410, 410, 429]
        assert "Too many requests." in words(client.get(address))


class TestSignedIn:
    def test_accepting_leads_into_the_account(self, cleo_client, cleo, account, address):
        asked = cleo_client.get(address)
        accepted = cleo_client.post(address, follow=True)

        assert "You are signed in as Cleo." in words(asked)
        assert Member.objects.get(user=cleo, account=account).role.slug == MODERATOR.slug
        assert accepted.redirect_chain == [("/dashboard", 302)]
        assert "You are in Ada live now, as Moderator." in words(accepted)
        assert '<strong title="Ada live">' in accepted.content.decode()

    def test_somebody_without_an_account_gets_one_to_work_in(self, client, account, address):
        zoe = factories.make_user(name="Zoe")
        client.force_login(zoe)

        assert client.get("/dashboard").status_code == 403
        client.post(address)

        assert client.get("/dashboard").status_code == 200
        assert Member.objects.get(user=zoe).account == account

    def test_a_member_is_told_so(self, ben_client, address):
        for response in (ben_client.get(address), ben_client.post(address)):
            assert response.status_code == 409
            assert "You are in Ada live already. The invitation is not used up by this." in words(response)
            assert "Work in Ada live" in words(response)
        assert Invitation.objects.get().uses == 0

    def test_beside_a_popout_token_nobody_is_signed_in(self, cleo_client, cleo, account, address):
        cleo_client.post(f"{address}?token=made-up")

        assert not Member.objects.filter(user=cleo, account=account).exists()


class TestSigningIn:
    def test_it_leads_back_to_the_question(self, client, cleo, account, address):
        left = client.post(address, {"way": "sign-in"})
        signed_in = client.post(left["Location"], {"login": "cleo@example.com", "password": factories.PASSWORD})
        asked = client.get(signed_in["Location"])
        accepted = client.post(signed_in["Location"])

        assert left["Location"] == "/account/login/?next=%2Finvite"  # the code is in no other address
        assert signed_in["Location"] == "/invite"
        assert "You are signed in as Cleo." in words(asked)
        assert accepted["Location"] == "/dashboard"
        assert Member.objects.filter(user=cleo, account=account).exists()

    def test_signing_in_alone_joins_nothing(self, client, cleo, account, address):
        client.post(address, {"way": "sign-in"})
        client.post("/account/login/", {"login": "cleo@example.com", "password": factories.PASSWORD})

        assert not Member.objects.filter(user=cleo, account=account).exists()


class TestSigningUp:
    def test_whoever_is_invited_signs_up_and_is_in(self, client, account, address):
        left = client.post(address, {"way": "sign-up"})
        form = client.get(left["Location"])
        done = sign_up(client, follow=True)

        assert left["Location"] == "/account/signup/"
        assert "Join Ada live" in words(form)
        assert "Ada invites you as Moderator." in words(form)
        zoe = User.objects.get(email="zoe@example.com")
        [member] = zoe.memberships.select_related("account", "role")
        assert (member.account, member.role.slug) == (account, MODERATOR.slug)
        assert Account.objects.count() == 1
        assert done.redirect_chain[-1][0] == "/dashboard"
        assert "You are in Ada live now, as Moderator." in words(done)

    def test_the_link_alone_opens_the_sign_up_and_nothing_else_does(self, client, address):
        client.get(address)

        response = sign_up(client)

        assert "By invitation only" in words(response)
        assert not User.objects.filter(email="zoe@example.com").exists()

    def test_whoever_was_too_late_makes_no_sign_in(self, client, ada_actor, address, cleo):
        client.post(address, {"way": "sign-up"})
        invitations.accept(invitation=Invitation.objects.get(), user=cleo)

        response = sign_up(client)

        assert "By invitation only" in words(response)
        assert not User.objects.filter(email="zoe@example.com").exists()

    def test_who_is_overtaken_in_the_very_moment_makes_no_sign_in(self, client, address, cleo, monkeypatch):
        client.post(address, {"way": "sign-up"})
        accept = invitations.accept

        def overtaken(**options: Any):
            accept(invitation=options["invitation"], user=cleo)
            return accept(**options)

        monkeypatch.setattr(invitations, "accept", overtaken)
        response = sign_up(client)

        assert response.status_code == 410
        assert GONE in words(response)
        assert not User.objects.filter(email="zoe@example.com").exists()

    @override_settings(LUMIO_OPEN_SIGNUP=True)
    def test_where_anybody_may_sign_up_the_invited_get_no_account_of_their_own(self, client, account, address):
        client.post(address, {"way": "sign-up"})
        sign_up(client)
        stranger = Client(HTTP_HOST="localhost")
        sign_up(stranger, email="eve@example.com")

        owned = Member.objects.filter(role__slug="owner").values_list("user__email", flat=True)
        assert sorted(owned) == ["ada@example.com", "eve@example.com"]

    def test_one_link_makes_one_person(self, client, account, address):
        client.post(address, {"way": "sign-up"})
        sign_up(client)
        client.post("/account/logout/")

        sign_up(client, email="second@example.com")

        assert not User.objects.filter(email="second@example.com").exists()

    def test_an_identity_elsewhere_signs_up_too(self, twitch, client, account, address):  # noqa: F811
        client.post(address, {"way": "sign-up"})
        assert 'action="/account/social/twitch/login/' in client.get("/account/signup/").content.decode()

        come_back(client, agree_at_twitch(leave(client)))

        person = User.objects.get(socialaccount__uid=MIRA)
        [member] = person.memberships.select_related("account", "role")
        assert (member.account, member.role.slug) == (account, MODERATOR.slug)
        assert client.session["_auth_user_id"] == str(person.pk)
