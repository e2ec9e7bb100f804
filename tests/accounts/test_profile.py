from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from accounts.domain import people
from accounts.domain.setup import EmailTaken
from accounts.enums import Action
from accounts.models import AuditEntry
from tests import factories

PROFILE = "/dashboard/profile"
EMAIL = "/dashboard/profile/email"
GIVEN = {
    "name": "Ada L.",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "hour_cycle": "h12",
    "row_times": "seconds",
    "streamer_mode": "auto",
}


@pytest.fixture(autouse=True)
def _sends_mail(settings) -> None:
    settings.LUMIO_SENDS_MAIL = True


def test_everything_is_kept_and_counts_at_once(ada_client, ada):
    response = ada_client.post(PROFILE, GIVEN)

    assert (response.status_code, response["Location"]) == (302, PROFILE)
    ada.refresh_from_db()
    assert {name: getattr(ada, name) for name in people.FIELDS} == GIVEN | {"wants_mail": False}
    page = ada_client.get(PROFILE)
    assert page["Content-Language"] == "de"
    assert 'data-time-zone="Europe/Berlin" data-hour-cycle="h12"' in page.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 81),
        ("name", "a\x00b"),
        ("language", "xx"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("hour_cycle", ""),
        ("hour_cycle", "h99"),
        ("streamer_mode", "sometimes"),
    ],
)
def test_nonsense_is_met_with_words_and_changes_nothing(ada_client, ada, field, value):
    response = ada_client.post(PROFILE, GIVEN | {field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    ada.refresh_from_db()
    assert ada.name == "Ada"


def test_it_is_only_ever_ones_own(ben_client, ada, ben):
    ben_client.post(PROFILE, GIVEN | {"id": str(ada.pk), "email": "ada@example.com", "is_staff": "1"})

    ada.refresh_from_db()
    ben.refresh_from_db()
    assert (ada.name, ben.name, ben.email, ben.is_staff) == ("Ada", "Ada L.", "ben@example.com", False)


class TestMail:
    def test_it_is_on_until_somebody_switches_it_off(self, ada_client, ada):
        assert ada_client.get(PROFILE).context["form"]["wants_mail"].initial is True

        for given, expected in (({}, False), ({"wants_mail": "on"}, True)):
            ada_client.post(PROFILE, GIVEN | given)
            ada.refresh_from_db()
            assert ada.wants_mail is expected

    def test_where_lumio_sends_none_there_is_no_choice_and_none_is_lost(self, settings, ada_client, ada):
        settings.LUMIO_SENDS_MAIL = False

        page = ada_client.get(PROFILE).content.decode()
        ada_client.post(PROFILE, GIVEN)

        assert "wants_mail" not in page
        ada.refresh_from_db()
        assert (ada.name, ada.wants_mail) == ("Ada L.", True)


class TestEmail:
    def test_an_open_browser_alone_does_not_change_it(self, ada_client, ada):
        for response in (ada_client.get(EMAIL), ada_client.post(EMAIL, {"email": "thief@example.com"})):
            assert response.status_code == 302
            assert response["Location"].startswith("/account/reauthenticate/")

        ada.refresh_from_db()
        assert ada.email == "ada@example.com"

    def test_one_signs_in_with_the_new_address_and_no_longer_with_the_old(self, fresh, ada, client):
        EmailAddress.objects.create(user=ada, email="ada@example.com", primary=True, verified=True)

        response = fresh.post(EMAIL, {"email": "Ada.New@Example.com"})

        assert (response.status_code, response["Location"]) == (302, PROFILE)
        ada.refresh_from_db()
        assert ada.email == "ada.new@example.com"
        results = []
        for address in ("ada@example.com", "ADA.new@example.com"):
            stranger = type(client)(HTTP_HOST="localhost")
            stranger.post("/account/login/", {"login": address, "password": factories.PASSWORD})
            results.append("_auth_user_id" in stranger.session)
        assert results == [False, True]

    def test_it_is_noted_without_the_addresses(self, fresh, account):
        fresh.post(EMAIL, {"email": "new@example.com"})

        entry = AuditEntry.objects.get(action=Action.EMAIL_CHANGED)
        assert (entry.account, entry.actor_name, entry.before, entry.after) == (account, "Ada", None, None)

    def test_anothers_address_is_refused_however_it_is_spelled(self, fresh, ada, ben):
        response = fresh.post(EMAIL, {"email": "BEN@example.COM"})

        assert response.status_code == 422
        assert response.context["form"].errors["email"] == ["Somebody already signs in with this e-mail address."]
        ada.refresh_from_db()
        assert ada.email == "ada@example.com"
        assert not AuditEntry.objects.filter(action=Action.EMAIL_CHANGED).exists()

    def test_one_taken_in_the_same_moment_is_refused(self, ada, ben, monkeypatch):
        monkeypatch.setattr("django.db.models.query.QuerySet.exists", lambda queryset: False)

        with pytest.raises(EmailTaken):
            people.change_email(user=ada, email="ben@example.com")

        assert ada.email == "ada@example.com"

    def test_ones_own_again_changes_nothing(self, fresh):
        assert fresh.post(EMAIL, {"email": "ADA@example.com"}).status_code == 302
        assert not AuditEntry.objects.filter(action=Action.EMAIL_CHANGED).exists()

    @pytest.mark.parametrize(
        "address", ["", "nonsense", "a@b", f"{'x' * 250}@example.com", f"{'İ' * 200}@example.com", "a\x00@example.com"]
    )
    def test_what_is_no_address_is_met_with_words(self, fresh, ada, address):
        assert fresh.post(EMAIL, {"email": address}).status_code == 422

    def test_trying_who_else_is_here_is_limited(self, fresh, ben):
        answers = [fresh.post(EMAIL, {"email": "ben@example.com"}).status_code for _ in range(11)]

        assert answers == [422] * 10 + [429]


def test_only_what_is_ones_own_can_be_changed(ada):
    with pytest.raises(TypeError):
        people.change(user=ada, is_staff=True)
