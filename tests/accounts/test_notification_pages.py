"""The bell and the page of notifications, as a browser gets them."""

from __future__ import annotations

import html
import re

import pytest

from accounts.domain import notifications
from accounts.enums import Permission
from accounts.models import NotificationRead
from tests import factories
from tests.factories import KIND, make_notification
from tests.pages import signed_in, words

pytestmark = pytest.mark.usefixtures("kind")

PAGE = "/dashboard/notifications"
LATEST = "/dashboard/notifications/latest"
READ_ALL = "/dashboard/notifications/read"
HTMX = {"HX-Request": "true"}


def count(page: str) -> list[str]:
    """What each bell of a page says."""
    return [words(part) for part in re.findall(r'<span class="bell__count">(.*?)</span></button>', page, re.DOTALL)]


def notes(page: str, place: str = "page") -> list[str]:
    return [
        html.unescape(text) for text in re.findall(rf'<p id="{place}-note-\d+">(?:<span.*?</span>)?(.*?)</p>', page)
    ]


class TestTheBell:
    def test_both_of_them_say_how_many_are_unread(self, ada_client, account):
        before = count(ada_client.get("/dashboard").content.decode())
        make_notification(account=account)
        make_notification(account=account)

        page = ada_client.get("/dashboard").content.decode()

        assert before == ["", ""]
        assert count(page) == ["2 2 unread"] * 2
        assert len(notes(page, "bell")) == 2

    def test_it_says_in_words_that_there_is_nothing(self, ada_client):
        panel = ada_client.get("/dashboard").content.decode().partition('id="bell"')[2]

        assert "Nothing needs you." in words(panel)
        assert "Mark all as read" not in panel

    def test_it_shows_nothing_to_whoever_may_not_see_it(self, account):
        make_notification(account=account)
        member = factories.make_member(account=account, permissions={Permission.EVENTS_READ})

        page = signed_in(member.user).get("/dashboard").content.decode()

        assert (count(page), notes(page, "bell")) == (["", ""], [])

    def test_what_strangers_are_called_stays_text(self, ada_client, account):
        make_notification(account=account, channel="<script>alert(1)</script>")

        page = ada_client.get("/dashboard").content.decode()

        assert "<script>alert" not in page
        assert notes(page, "bell") == ["Twitch ended the sign-in of <script>alert(1)</script>."]

    @pytest.mark.parametrize("number", [1, 40])
    def test_it_costs_every_page_one_query(self, ada_client, account, django_assert_num_queries, number):
        for _ in range(number):
            make_notification(account=account)
        ada_client.get("/dashboard/tokens")

        with django_assert_num_queries(5 + 1):  # session, user, memberships, tokens, how many there are
            ada_client.get("/dashboard/tokens")


class TestAskingAgain:
    def fingerprint(self, page: str) -> str:
        return re.search(r'id="bell-latest" hx-get="/dashboard/notifications/latest\?seen=(\w+)"', page)[1]

    def test_nothing_new_is_no_answer(self, ada_client, account):
        make_notification(account=account)
        seen = self.fingerprint(ada_client.get("/dashboard").content.decode())

        response = ada_client.get(f"{LATEST}?seen={seen}", headers=HTMX)

        assert (response.status_code, response.content) == (204, b"")

    @pytest.mark.parametrize("seen", ["", "?seen=", "?seen=made-up"])
    def test_otherwise_the_bells_and_the_panel_are_drawn_anew(self, ada_client, account, seen):
        make_notification(account=account)

        response = ada_client.get(LATEST + seen, headers=HTMX)

        answer = response.content.decode()
        assert (response.status_code, response["HX-Trigger"]) == (200, '{"notifications": {}}')
        assert '<span hx-swap-oob="innerHTML:.bell__count">' in answer
        assert notes(answer, "bell") == ["Twitch ended the sign-in of Ada."]
        assert self.fingerprint(answer) == self.fingerprint(ada_client.get("/dashboard").content.decode())
        assert "autofocus" not in answer

    def test_a_session_that_ended_leads_to_the_sign_in(self, client, account):
        response = client.get(LATEST, headers={**HTMX, "HX-Current-URL": "http://localhost/dashboard/tokens"})

        assert response["HX-Redirect"] == "/account/login/?next=/dashboard/tokens"


class TestMarking:
    def test_one_is_read_and_the_page_comes_back(self, ada_client, ada, account):
        row = make_notification(account=account)
        make_notification(account=account)

        response = ada_client.post(f"{PAGE}/{row.pk}/read")

        assert (response.status_code, response["Location"]) == (302, PAGE)
        assert [(mark.notification, mark.user) for mark in NotificationRead.objects.all()] == [(row, ada)]

    def test_its_button_leads_on_and_marks_it(self, ada_client, account):
        row = make_notification(account=account)

        response = ada_client.post(f"{PAGE}/{row.pk}/read", {"follow": "1", "next": "https://evil.example/"})

        assert response["Location"] == "/dashboard/connections#card-twitch"
        assert NotificationRead.objects.count() == 1

    def test_htmx_gets_the_bell_with_the_keyboard_in_it(self, ada_client, account):
        row = make_notification(account=account)
        make_notification(account=account)

        response = ada_client.post(f"{PAGE}/{row.pk}/read", headers=HTMX)

        answer = response.content.decode()
        assert (response.status_code, response["HX-Trigger"]) == (200, '{"notifications": {}}')
        assert "1 1 unread" in words(answer)
        assert 'id="bell-title" tabindex="-1" autofocus' in answer

    def test_all_are_read(self, ada_client, ben_client, account):
        for _ in range(3):
            make_notification(account=account)

        response = ada_client.post(READ_ALL)

        assert (response.status_code, response["Location"]) == (302, PAGE)
        assert count(ada_client.get("/dashboard").content.decode()) == ["", ""]
        assert count(ben_client.get("/dashboard").content.decode()) == ["3 3 unread"] * 2

    def test_somebody_elses_is_not_found(self, cleo_client, account):
        row = make_notification(account=account)

        assert cleo_client.post(f"{PAGE}/{row.pk}/read", {"follow": "1"}).status_code == 404
        assert cleo_client.post(f"{PAGE}/{'9' * 40}/read").status_code == 404
        assert cleo_client.post(READ_ALL).status_code == 302
        assert not NotificationRead.objects.exists()


class TestThePage:
    def test_it_says_in_words_that_there_is_nothing(self, ada_client):
        page = ada_client.get(PAGE).content.decode()

        assert "Nothing needs you" in words(page.partition("<main")[2])
        assert "<nav" not in page.partition("<main")[2]

    def test_what_is_over_says_so_and_has_no_button(self, ada_client, account):
        row = make_notification(account=account)
        notifications.resolve(account, KIND.code, subject=row.subject)

        main = ada_client.get(PAGE).content.decode().partition("<main")[2].partition("</main>")[0]

        assert "Resolved" in words(main)
        assert "Reconnect" not in words(main)
        assert "Mark" not in words(main)

    def test_there_are_pages_to_and_fro(self, ada_client, account):
        made = [make_notification(account=account, channel=f"#{number}") for number in range(60)]

        def shown(address: str) -> tuple[list[str], list[str]]:
            response = ada_client.get(address, follow=True)
            main = response.content.decode().partition("<main")[2].partition("</main>")[0]
            names = [re.search(r"#\d+", note)[0] for note in notes(main)]
            return names[:1] + names[-1:], re.findall(r'href="(\?(?:after|before)=\d+)"', main)

        first, [older] = shown(PAGE)
        second, [newer, oldest] = shown(PAGE + older)
        last, [back] = shown(PAGE + oldest)
        returned, _links = shown(PAGE + back)
        again, _links = shown(PAGE + newer)

        assert first == again == ["#59", "#35"]
        assert second == returned == ["#34", "#10"]
        assert last == ["#9", "#0"]
        assert (older, oldest) == (f"?before={made[35].pk}", f"?before={made[10].pk}")

    @pytest.mark.parametrize("query", ["before=x", "before=-1", f"after={2**63}", "before=1%00"])
    def test_nonsense_is_met_with_words(self, ada_client, query):
        response = ada_client.get(f"{PAGE}?{query}")

        assert response.status_code == 400
        assert "takes a whole number" in words(response.content.decode())

    @pytest.mark.parametrize("number", [1, 40])
    def test_it_costs_five_queries(self, ada_client, account, django_assert_num_queries, number):
        for _ in range(number):
            make_notification(account=account)
        ada_client.get(PAGE)

        with django_assert_num_queries(5):  # session, user, memberships, the list and the bell
            ada_client.get(PAGE)
