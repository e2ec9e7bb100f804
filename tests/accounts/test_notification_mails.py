"""Mail about notifications, with a mail server that answers over the wire."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.validators import validate_email
from django.db import connection as database
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.domain import mails, notifications
from accounts.domain.notifications import KINDS
from accounts.enums import Permission
from accounts.models import NotificationMail
from accounts.tasks import send_notifications
from tests import factories
from tests.factories import KIND, make_notification
from tests.fakes.certificates import self_signed
from tests.fakes.mail import HOST, MailServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("kind")]

LATER = timedelta(seconds=1)


def point_at(settings, server: MailServer, **more: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.DEFAULT_FROM_EMAIL = "Lumio <lumio@example.com>"
    settings.LUMIO_SENDS_MAIL = True
    settings.EMAIL_TIMEOUT = 0.5
    for name, value in more.items():
        setattr(settings, name, value)


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    with MailServer() as started:
        point_at(settings, started)
        yield started


@pytest.fixture
def sweep() -> Callable[[timedelta], int]:
    """Sends what is due so much later."""

    def sweep(later: timedelta = LATER) -> int:
        with time_machine.travel(timezone.now() + later):
            return send_notifications()

    return sweep


@pytest.fixture
def certificate(tmp_path) -> tuple[Path, Path]:
    return self_signed(tmp_path, HOST)


def waiting() -> list[tuple[str, int]]:
    rows = NotificationMail.objects.select_related("user").order_by("user__email")
    return [(row.user.email, row.attempts) for row in rows]


class TestTheMail:
    def test_says_what_the_page_says_and_where_to_go(self, server, account, sweep):
        row = make_notification(account=account)

        assert sweep() == 1

        [mail] = server.mails
        assert (mail["To"], mail["From"]) == ("ada@example.com", "Lumio <lumio@example.com>")
        assert mail["Subject"] == "Ada live: A platform sign-in has ended"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Message-ID"].startswith(f"<notification.{row.pk}.")
        assert mail.get_content_type() == "text/plain"
        assert mail.get_content().split("\n") == [
            "Twitch ended the sign-in of Ada.",
            "",
            "Reconnect: http://localhost:8000/dashboard/connections#card-twitch",
            "",
            "You get this because you look after Ada live in Lumio.",
            "To have no more of these mails, change your profile: http://localhost:8000/dashboard/profile",
            "",
        ]

    def test_is_in_its_readers_language_and_time_zone(self, monkeypatch, server, ada, account, sweep):
        ada.language, ada.time_zone = "de", "Asia/Tokyo"
        ada.save()
        spoken = dataclasses.replace(
            KIND,
            title=gettext_lazy("Connections"),
            text=lambda params: f"{gettext('Sign in')} {timezone.get_current_timezone_name()}",
        )
        monkeypatch.setitem(KINDS, KIND.code, spoken)
        make_notification(account=account)

        sweep()

        [mail] = server.mails
        assert mail["Subject"] == "Ada live: Verbindungen"
        assert mail.get_content().startswith("Anmelden Asia/Tokyo\n")

    def test_names_come_through_as_they_are(self, server, account, sweep):
        account.name = "Zoë <&> 🦦"
        account.save()
        make_notification(account=account, channel="Tom & <b>Jerry</b>")

        sweep()

        [mail] = server.mails
        assert mail["Subject"].strip() == "Zoë <&> 🦦: A platform sign-in has ended"  # folded before the first word
        assert mail.get_content().startswith("Twitch ended the sign-in of Tom & <b>Jerry</b>.\n")

    def test_a_name_with_a_line_break_adds_no_header(self, server, account, sweep):
        account.name = "Ada\r\nBcc: thief@example.com"
        account.save()
        make_notification(account=account)

        sweep()

        assert server.recipients == ["ada@example.com"]
        assert server.mails[0]["Bcc"] is None


class TestWhoHasIt:
    def test_whoever_can_mend_it(self, server, account, ben, sweep):
        admin = factories.make_user(email="cora@example.com")
        factories.make_member(account=account, user=admin, role="administrator")
        make_notification(account=account)

        assert sweep() == 2

        assert sorted(server.recipients) == ["ada@example.com", "cora@example.com"]
        assert len(server.mails) == 2

    def test_nobody_without_the_permission_to_see_it(self, server, account, sweep):
        factories.make_member(account=account, permissions={Permission.CONNECTIONS_EDIT})
        make_notification(account=account)

        sweep()

        assert server.recipients == ["ada@example.com"]

    def test_nobody_of_another_account(self, server, account, cleo, sweep):
        make_notification(account=account)

        sweep()

        assert server.recipients == ["ada@example.com"]

    @pytest.mark.parametrize("change", [{"wants_mail": False}, {"is_active": False}])
    def test_nobody_who_wants_none_or_is_switched_off(self, ada, account, change):
        type(ada).objects.update(**change)

        make_notification(account=account)

        assert waiting() == []

    def test_nobody_for_a_kind_without_mail(self, monkeypatch, server, account):
        monkeypatch.setitem(KINDS, KIND.code, dataclasses.replace(KIND, mail_permission=None))

        make_notification(account=account)

        assert waiting() == []

    def test_nobody_where_no_mail_is_set_up(self, settings, account):
        assert settings.LUMIO_SENDS_MAIL is False

        make_notification(account=account)

        assert waiting() == []

    def test_nothing_goes_to_a_server_that_is_no_longer_set_up(self, settings, server, account, sweep):
        make_notification(account=account)
        settings.LUMIO_SENDS_MAIL = False

        assert sweep() == 0

        assert (server.commands.total(), waiting()) == (0, [("ada@example.com", 0)])

    @pytest.mark.parametrize(
        "change", ["resolved", "read", "left", "demoted", "switched off", "unwanted", "unknown kind"]
    )
    def test_nobody_whom_it_no_longer_concerns(self, monkeypatch, server, account, sweep, change):
        member = factories.make_member(account=account, role="administrator")
        type(member.user).objects.exclude(pk=member.user_id).update(wants_mail=False)
        row = make_notification(account=account)
        match change:
            case "resolved":
                notifications.resolve(account, KIND.code, subject=row.subject)
            case "read":
                row.reads.create(user=member.user)
            case "left":
                member.delete()
            case "demoted":
                member.role = account.roles.get(slug="moderator")
                member.save()
            case "switched off":
                type(member.user).objects.update(is_active=False)
            case "unwanted":
                type(member.user).objects.update(wants_mail=False)
            case "unknown kind":
                monkeypatch.delitem(KINDS, KIND.code)

        assert sweep() == 0

        assert (server.mails, waiting(), server.commands.total()) == ([], [], 0)

    def test_once_and_not_again_when_it_is_told_again(self, server, account, sweep):
        make_notification(account=account, subject="connection:1")
        sweep()
        make_notification(account=account, subject="connection:1", channel="Grace")

        assert sweep() == 0
        assert len(server.mails) == 1


class TestTrouble:
    def test_a_server_that_is_down_is_asked_again_with_longer_pauses(self, server, account, sweep, caplog):
        make_notification(account=account)
        server.stop()
        began = timezone.now()

        with caplog.at_level(logging.WARNING):
            for _ in range(8):
                due = NotificationMail.objects.get().due_at
                with time_machine.travel(due + LATER, tick=False):
                    assert send_notifications() == 0

        row = NotificationMail.objects.get()
        # 1, 2, 4, 8, 16, 30, 30 and 30 minutes
        assert timedelta(minutes=121) < row.due_at - began < timedelta(minutes=122)
        assert row.attempts == 8
        [said] = caplog.messages
        assert said.startswith("A mail cannot be sent, Lumio tries again for a day: ConnectionRefusedError: ")
        server.start()
        assert sweep(timedelta(hours=3)) == 1
        assert (len(server.mails), waiting()) == (1, [])

    def test_after_a_day_it_is_given_up(self, server, account, sweep, caplog):
        make_notification(account=account)
        make_notification(account=account)
        server.stop()
        sweep(timedelta(hours=23))
        caplog.clear()

        with caplog.at_level(logging.ERROR):
            sweep(timedelta(hours=24, seconds=1))

        assert waiting() == []
        assert caplog.messages == ["Gave up sending 2 mails after a day of trying."]

    def test_while_it_is_down_one_mail_asks_for_all(self, server, account, sweep):
        for _ in range(5):
            make_notification(account=account)
        server.refuse("EHLO", 421)
        server.refuse("HELO", 421)

        sweep()

        assert server.commands["CONNECT"] == 1
        assert sorted(attempts for _, attempts in waiting()) == [0, 0, 0, 0, 1]
        server.heal()
        assert sweep(timedelta(minutes=2)) == 5

    def test_a_slow_server_is_waited_for(self, settings, server, account, sweep):
        settings.EMAIL_TIMEOUT = 5
        server.latency = 0.1
        make_notification(account=account)

        assert sweep() == 1
        assert len(server.mails) == 1

    def test_one_that_hangs_holds_up_nobody(self, server, account, sweep):
        server.latency = 30
        make_notification(account=account)
        began = time.monotonic()

        assert sweep() == 0

        assert time.monotonic() - began < 5
        assert waiting() == [("ada@example.com", 1)]

    def test_an_address_that_there_is_not_stops_no_other(self, server, account, sweep, caplog):
        nobody = factories.make_user(email="aaron@example.com")
        factories.make_member(account=account, user=nobody, role="administrator")
        server.refuse("aaron@example.com", 550)
        make_notification(account=account)

        with caplog.at_level(logging.WARNING):
            assert sweep() == 1

        assert (server.recipients, waiting()) == (["ada@example.com"], [])
        assert caplog.messages == [f"The mail server refuses the address of user {nobody.pk} for good: 550"]

    @pytest.mark.parametrize("domain", ["ä" * 63 + ".example", "\u202eabc.example"])
    def test_an_address_that_cannot_be_one_stops_no_other(self, server, account, sweep, caplog, domain):
        nobody = factories.make_user(email=f"aaron@{domain}")
        factories.make_member(account=account, user=nobody, role="administrator")
        validate_email(nobody.email)  # it can be signed up with
        make_notification(account=account)

        with caplog.at_level(logging.WARNING):
            assert sweep() == 1

        assert (server.recipients, waiting()) == (["ada@example.com"], [])
        assert caplog.messages == [f"No mail can be addressed to user {nobody.pk}"]

    def test_an_address_that_is_put_off_is_tried_again(self, server, account, sweep):
        factories.make_member(
            account=account, user=factories.make_user(email="aaron@example.com"), role="administrator"
        )
        server.refuse("aaron@example.com", 451)
        make_notification(account=account)

        assert sweep() == 1
        first = (list(server.recipients), waiting())
        server.heal()
        assert sweep(timedelta(minutes=2)) == 1

        assert first == (["ada@example.com"], [("aaron@example.com", 1)])
        assert server.recipients == ["ada@example.com", "aaron@example.com"]

    @pytest.mark.parametrize(("command", "code"), [("MAIL", 550), ("DATA", 554)])
    def test_a_mail_that_is_not_taken_stops_no_other_and_waits(self, server, account, sweep, command, code):
        make_notification(account=account)
        make_notification(account=account)
        server.refuse(command, code)

        assert sweep() == 0

        assert waiting() == [("ada@example.com", 1), ("ada@example.com", 1)]
        server.heal()
        assert sweep(timedelta(minutes=2)) == 2

    def test_a_sentence_that_cannot_be_made_holds_up_the_others_for_a_minute(self, monkeypatch, server, account, sweep):
        def text(params):
            return params["missing"]

        monkeypatch.setitem(KINDS, "broken", dataclasses.replace(KIND, code="broken", text=text))
        make_notification(account=account, code="broken")
        make_notification(account=account)

        with pytest.raises(KeyError):
            sweep()

        assert sweep(timedelta(minutes=1)) == 1
        assert len(server.mails) == 1

    def test_no_log_holds_an_address_or_the_password(self, settings, account, ada, sweep, caplog):
        with MailServer(user="lumio", password="correct") as server:
            point_at(settings, server, EMAIL_HOST_USER="lumio", EMAIL_HOST_PASSWORD="wr0ng-secret")
            make_notification(account=account)
            with caplog.at_level(logging.DEBUG):
                assert sweep() == 0

        assert "SMTPAuthenticationError" in caplog.text
        assert "wr0ng-secret" not in caplog.text
        assert ada.email not in caplog.text


class TestSigningInAtTheServer:
    @pytest.mark.parametrize("implicit", [False, True])
    def test_over_tls(self, monkeypatch, settings, account, sweep, certificate, implicit):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        with MailServer(user="lumio", password="s3cret/:@", certificate=certificate, implicit_tls=implicit) as server:
            point_at(settings, server, EMAIL_HOST_USER="lumio", EMAIL_HOST_PASSWORD="s3cret/:@")
            settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = implicit, not implicit
            make_notification(account=account)

            assert sweep() == 1

            assert (len(server.mails), server.commands["AUTH"], server.commands["TLS"]) == (1, 1, int(not implicit))

    def test_never_to_a_server_that_nobody_vouches_for(self, settings, account, sweep, certificate):
        with MailServer(user="lumio", password="s3cret", certificate=certificate) as server:
            point_at(settings, server, EMAIL_HOST_USER="lumio", EMAIL_HOST_PASSWORD="s3cret", EMAIL_USE_TLS=True)
            make_notification(account=account)

            assert sweep() == 0

            assert (server.mails, server.commands["AUTH"]) == ([], 0)


@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    def test_nothing_is_sent_twice(self, server, account):
        server.latency = 0.01
        for _ in range(20):
            make_notification(account=account)
        gate = threading.Barrier(4)

        def work(_: int) -> int:
            try:
                gate.wait()
                return mails.send_due()
            finally:
                database.close()

        with ThreadPoolExecutor(4) as pool:
            sent = list(pool.map(work, range(4)))

        assert sum(sent) == len(server.mails) == 20
        assert len({mail["Message-ID"] for mail in server.mails}) == 20
        assert waiting() == []

    def test_what_a_worker_had_when_it_died_goes_out_later_under_the_same_id(self, monkeypatch, server, account, sweep):
        def die(row: NotificationMail) -> None:
            raise SystemExit

        make_notification(account=account)
        with monkeypatch.context() as dying:
            dying.setattr(NotificationMail, "delete", die)
            with pytest.raises(SystemExit):
                sweep()

        assert sweep(timedelta(minutes=5)) == 0
        assert sweep(timedelta(minutes=11)) == 1

        assert len({mail["Message-ID"] for mail in server.mails}) == 1
        assert (len(server.mails), waiting()) == (2, [])
