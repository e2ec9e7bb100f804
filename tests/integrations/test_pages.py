"""The StreamElements section of the Connections page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Permission
from events.enums import SourceState
from events.models import IngestSource
from integrations.domain import verification
from integrations.models import StreamElementsToken
from tests import factories
from tests.pages import member, said, words

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/connections"
LIST = f"{PAGE}/streamelements"
ADD = f"{LIST}/add"
READ, CREATE, DELETE = Permission.CONNECTIONS_READ, Permission.CONNECTIONS_CREATE, Permission.CONNECTIONS_DELETE


def rows(client: Client) -> str:
    return words(client.get(f"{LIST}/list").content.decode())


def post(client: Client, **fields: str):
    return client.post(ADD, {"platform": "twitch", "label": "", **fields})


class TestLooking:
    def test_says_what_to_do_while_there_is_none(self, ada_client):
        page = words(ada_client.get(PAGE).content.decode())

        assert "StreamElements Tips, as events of the stream they belong to. Add Token" in page
        assert "No tips arrive yet" in page

    def test_shows_what_arrives(self, ada_client, add):
        row = add(label="Main Channel", expires_in=20 * 24 * 3600)
        now = timezone.now()
        StreamElementsToken.objects.update(last_tip_at=now)
        IngestSource.objects.create(
            account=row.account,
            key=row.source_id,
            state=SourceState.DELIVERING,
            fence=1,
            leased_until=now + timedelta(minutes=1),
        )

        shown = rows(ada_client)

        for text in (
            "Main Channel Twitch Verified",
            "Delivering last tip",
            f"Token: …{row.hint}",
            "Mira_Plays",
            "(19 days left)",
            "Remove",
        ):
            assert text in shown

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"expires_at": timedelta(days=3, minutes=1)}, "3 days left"),
            ({"expires_at": timedelta(days=1, minutes=1)}, "1 day left"),
            ({"expires_at": timedelta(minutes=1)}, "Ends today"),
            ({"expires_at": -timedelta(minutes=1)}, "Ended"),
            ({"expires_at": None}, "names no end"),
            ({"state": "unverified", "channel_name": ""}, "Asking StreamElements whose it is"),
            (
                {"channel_provider": "youtube"},
                "StreamElements has Mira_Plays as a YouTube channel, and you chose Twitch.",
            ),
            ({"channel_provider": "facebook"}, "as a facebook channel"),
        ],
    )
    def test_says_what_is_worth_knowing(self, ada_client, account, fields, text):
        fields = {
            name: timezone.now() + value if isinstance(value, timedelta) else value for name, value in fields.items()
        }
        factories.make_se_token(account=account, **fields)

        assert text in rows(ada_client)

    def test_says_what_is_broken_and_what_to_do(self, ada_client, add):
        verification.lost(add().pk)

        shown = rows(ada_client)

        assert "No longer accepted" in shown
        assert "Nothing arrives through this token since" in shown
        assert "Copy the current one from its dashboard" in shown

    def test_never_shows_the_jwt(self, ada_client, add, streamelements):
        jwt = streamelements.issue_jwt()
        add(token=jwt)

        page = ada_client.get(PAGE).content.decode()

        assert jwt not in page
        assert jwt.rpartition(".")[2] not in page

    def test_is_redrawn_only_when_something_changed(self, ada_client, add):
        row = add()
        again = re.search(r'hx-get="([^"]*seen=[^"]*)"', ada_client.get(f"{LIST}/list").content.decode())[1]

        assert ada_client.get(again).status_code == 204
        verification.lost(row.pk)
        assert ada_client.get(again).status_code == 200

    def test_offers_only_what_one_may_do(self, account, add):
        add()
        looking, adding, removing = (
            member(account, READ).get(PAGE).content.decode(),
            member(account, READ, CREATE).get(PAGE).content.decode(),
            member(account, READ, DELETE).get(PAGE).content.decode(),
        )

        assert ["streamelements-add" in page for page in (looking, adding, removing)] == [False, True, False]
        assert ["/remove" in page for page in (looking, adding, removing)] == [False, False, True]

    def test_other_accounts_see_nothing_of_it(self, cleo_client, add):
        row = add(label="Main Channel")

        page = cleo_client.get(PAGE).content.decode()

        assert "Main Channel" not in page.replace('placeholder="Main Channel"', "")
        assert str(row.pk) not in page

    def test_costs_one_query_however_many_there_are(self, ada_client, account, django_assert_num_queries):
        ada_client.get(f"{LIST}/list")  # the first page of a session also notes where it was begun
        with django_assert_num_queries(4):
            ada_client.get(f"{LIST}/list")
        for number in range(3):
            factories.make_se_token(account=account, jwt=f"eyJhIjoxfQ.eyJhIjoxfQ.signature{number}")

        with django_assert_num_queries(4):
            ada_client.get(f"{LIST}/list")


class TestAdding:
    def test_the_dialog_asks_for_platform_jwt_and_label(self, ada_client):
        page = ada_client.get(PAGE).content.decode()
        dialog = page[page.index('<dialog class="dialog" id="streamelements-add"') :]
        dialog = dialog[: dialog.index("</dialog>")]

        assert words(dialog).startswith("Add StreamElements Token")
        assert re.findall(r"<label[^>]*>([\w ]+)", dialog) == ["Platform", "JWT Token", "Label "]
        assert re.findall(r'<option value="(\w+)"', dialog) == ["twitch", "youtube", "kick", "trovo"]
        assert 'placeholder="Main Channel"' in dialog
        assert 'type="password"' in dialog
        assert f'action="{ADD}"' in dialog

    def test_the_form_is_a_page_of_its_own_too(self, ada_client):
        assert "Add StreamElements Token" in ada_client.get(ADD).content.decode()

    def test_leads_back_and_says_whose_it_is(self, ada_client, streamelements):
        response = post(ada_client, token=streamelements.issue_jwt(), label="Main Channel")

        assert response["Location"] == f"{PAGE}#streamelements"
        assert said(response) == ["Added. StreamElements says that it belongs to Mira_Plays."]
        assert StreamElementsToken.objects.get().label == "Main Channel"

    def test_says_that_it_is_not_verified_yet(self, ada_client, streamelements):
        streamelements.fail("*", status=503)

        response = post(ada_client, token=streamelements.issue_jwt())

        assert said(response) == [
            "Added. StreamElements could not be asked about it right now. Lumio keeps trying; tips follow then."
        ]

    def test_warns_of_another_platform(self, ada_client, streamelements):
        response = post(ada_client, token=streamelements.issue_jwt(), platform="kick")

        assert len(said(response)) == 2
        assert "as a Twitch channel, and you chose Kick" in said(response)[1]

    def test_comes_back_with_what_is_wrong_and_without_the_jwt(self, ada_client, streamelements):
        jwt = streamelements.issue_jwt()
        streamelements.kill_jwt()

        response = post(ada_client, token=jwt, label="Main Channel")

        page = response.content.decode()
        assert response.status_code == 422
        assert "StreamElements does not accept this JWT" in page
        assert 'value="Main Channel"' in page
        assert jwt not in page
        assert not StreamElementsToken.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"token": "abc"}, "This is no JWT."),
            ({"token": ""}, "This field is required."),
            ({"platform": "spotify"}, "Select a valid choice."),
            ({"label": "x" * 81}, "at most 80 characters"),
        ],
    )
    def test_bad_input(self, ada_client, streamelements, fields, text):
        response = post(ada_client, **{"token": "eyJhIjoxfQ.eyJhIjoxfQ.signature"} | fields)

        assert response.status_code == 422
        assert text in words(response.content.decode())
        assert not StreamElementsToken.objects.exists()
        assert streamelements.calls() == []

    def test_the_same_twice(self, ada_client, streamelements):
        jwt = streamelements.issue_jwt()
        post(ada_client, token=jwt)

        response = post(ada_client, token=jwt)

        assert response.status_code == 422
        assert "This very JWT is on the list already." in words(response.content.decode())

    def test_without_the_right(self, account, streamelements):
        response = post(member(account, READ, DELETE), token=streamelements.issue_jwt())

        assert response.status_code == 403
        assert not StreamElementsToken.objects.exists()


class TestRemoving:
    def test_asks_first(self, ada_client, add):
        row = add(label="Main Channel")

        page = words(ada_client.get(PAGE).content.decode())

        assert "Remove the token of Main Channel" in page
        assert "Tips stop at once, unless another token of the same channel is on the list." in page
        assert ada_client.get(f"{LIST}/{row.pk}/remove")["Location"] == PAGE

    def test_removes_and_says_so(self, ada_client, add):
        response = ada_client.post(f"{LIST}/{add().pk}/remove")

        assert response["Location"] == f"{PAGE}#streamelements"
        assert said(response) == ["The token was removed. Nothing arrives through it any more."]
        assert not StreamElementsToken.objects.exists()

    def test_another_accounts_is_not_there(self, cleo_client, add):
        assert cleo_client.post(f"{LIST}/{add().pk}/remove").status_code == 404
        assert StreamElementsToken.objects.exists()

    def test_without_the_right(self, account, add):
        assert member(account, READ, CREATE).post(f"{LIST}/{add().pk}/remove").status_code == 403
        assert StreamElementsToken.objects.exists()
