"""What templates can name, and that a viewer's words make no command of a message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from automations.domain import variables
from events.enums import Kind, Unit
from events.models import ChannelStatus
from events.types import Person
from tests import factories
from tests.automations.made import make_automation, make_run

pytestmark = pytest.mark.django_db


def of_event(account, kind: Kind, *, maker=None, command: str = "", **fields) -> dict[str, str]:
    row = factories.make_event(account=account, kind=kind, **fields)
    return variables.of_row(row, make_automation(account=account, created_by=maker, command=command))


@time_machine.travel(datetime(2026, 5, 1, 22, 30, tzinfo=UTC), tick=False)
def test_tip_has_who_how_much_and_what_they_wrote(account):
    account.time_zone = "Europe/Berlin"
    account.save()

    found = of_event(account, Kind.TIP, amount=1250, unit=Unit.MONEY, currency="EUR", message="Hi!")

    assert found == {
        "name": "Grace", "amount": "12.50 EUR", "count": "12.5", "months": "", "tier": "", "message": "Hi!",
        "command_text": "", "title": "", "recipient": "", "platform": "Twitch", "date": "May 2, 2026", "time": "00:30",
    }  # fmt: skip


def test_amounts_are_written_in_the_language_of_who_made_it(account, ada):
    ada.language = "de"
    ada.save()

    found = of_event(account, Kind.TIP, maker=ada, amount=123_450, unit=Unit.MONEY, currency="EUR")

    assert found["amount"] == "1.234,50 EUR"


def test_gift_names_its_recipients_and_tier(account):
    people = [{"id": str(number), "login": f"p{number}", "name": f"P{number}"} for number in range(5)]

    found = of_event(account, Kind.SUB_GIFT, amount=5, unit=Unit.SUBS, extra={"tier": 2, "recipients": people})

    assert (found["count"], found["tier"], found["recipient"]) == ("5", "2", "P0, P1, P2")


def test_resub_has_months_and_redemption_its_title(account):
    assert of_event(account, Kind.RESUB, amount=14, unit=Unit.MONTHS)["months"] == "14"
    assert of_event(account, Kind.REDEMPTION, extra={"title": "Hydrate"})["title"] == "Hydrate"


def test_anonymous_is_called_so(account):
    found = of_event(account, Kind.CHEER, actor=Person(id="", login="", name="", anonymous=True))

    assert found["name"] == "Anonymous"


def test_channel_is_where_it_happened_else_the_one_that_is_live(account):
    now = datetime.now(UTC)
    for platform, live in (("twitch", False), ("kick", True)):
        ChannelStatus.objects.create(
            account=account, platform=platform, channel_name=f"Ada at {platform}", live=live, viewers=12, updated_at=now
        )

    there = variables.of_channel(make_run(account=account, platform="twitch"))
    by_hand = variables.of_channel(make_run(account=account))

    assert (there["channel"], by_hand["channel"], by_hand["viewers"]) == ("Ada at twitch", "Ada at kick", "12")


def test_channel_nobody_knows_is_called_as_the_account(account):
    assert variables.of_channel(make_run(account=account)) == {
        "channel": "Ada live", "stream_title": "", "category": "", "viewers": ""
    }  # fmt: skip


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hi {{name}}", "Hi Grace"),
        ("{{ name }}{{name}}", "GraceGrace"),
        ("{{who}} {{Name}} {name}", "{{who}} {{Name}} {name}"),
        ("{{message}}", "{{name}} is here"),
    ],
)
def test_places_are_filled_once_and_unknown_ones_stay(template, text):
    assert variables.filled(template, {"name": "Grace", "message": "{{name}} is here"}) == text


@pytest.mark.parametrize(
    ("template", "message", "text"),
    [
        ("{{message}}", "/ban ada", "ban ada"),
        ("{{message}}", "!so me", "so me"),
        ("{{message}}", " \u200b\x00 //!./timeout ada", "timeout ada"),
        ("{{nothing_known}}", "", "{{nothing_known}}"),
        ("{{message}}", "fine", "fine"),
        ("“{{message}}”", "/ban ada", "“/ban ada”"),
        ("!so {{message}}", "/ada", "!so /ada"),
        ("/me thanks {{message}}", "you", "/me thanks you"),
        ("{{message}}", "/", ""),
    ],
)
def test_words_of_a_viewer_begin_no_command(template, message, text):
    assert variables.spoken(template, {"message": message}) == text


def test_every_variable_of_an_event_is_described(account):
    made = of_event(account, Kind.FOLLOW).keys() | variables.OF_THE_CHANNEL

    assert made == variables.VARIABLES.keys()
