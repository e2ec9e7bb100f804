"""Test events: like real ones, and never taken for one."""

from __future__ import annotations

import pytest

from accounts.actor import PermissionRefused
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from events import words
from events.domain import samples
from events.enums import Origin, Unit
from events.models import Event
from events.payloads import payload
from lumio.lib.errors import Refusal
from tests import factories


@pytest.mark.parametrize("kind", samples.SAMPLES)
def test_every_kind_can_be_tested_with_nothing_said(ada_actor, kind):
    row = samples.send(actor=ada_actor, kind=kind, platform="twitch")

    stored = Event.objects.get()
    assert (stored.seq, stored.kind, stored.origin, stored.platform) == (row.seq, kind, Origin.TEST, "twitch")
    assert stored.actor_name == "Test viewer"
    sentence, places = words.sentence(kind), words.places(payload(stored))
    assert [name for name, _ in sentence.pieces if name and not places[name]] == []


def test_what_is_said_is_in_the_event(ada_actor):
    samples.send(
        actor=ada_actor, kind="tip", platform="kick", name=" Juno ", amount=1250, currency="EUR", message="for the roof"
    )

    row = Event.objects.get()
    assert (row.actor_name, row.amount, row.unit, row.currency, row.message) == (
        "Juno",
        1250,
        Unit.MONEY,
        "EUR",
        "for the roof",
    )


def test_what_the_kind_has_no_place_for_is_dropped(ada_actor):
    samples.send(actor=ada_actor, kind="follow", platform="twitch", amount=7, unit="bits", currency="EUR")

    row = Event.objects.get()
    assert (row.amount, row.unit, row.currency) == (None, "", "")


def test_a_cheer_is_in_any_platforms_unit(ada_actor):
    samples.send(actor=ada_actor, kind="cheer", platform="kick", unit="kicks", amount=3)

    assert words.places(payload(Event.objects.get()))["amount"] == "3 KICKs"


def test_two_tests_are_two_events(ada_actor):
    for _ in range(2):
        samples.send(actor=ada_actor, kind="redemption", platform="twitch")

    first, second = Event.objects.order_by("seq")
    assert words.thread(payload(first)) != words.thread(payload(second))


def test_the_audit_log_says_who(ada_actor):
    row = samples.send(actor=ada_actor, kind="raid", platform="twitch", name="Juno")

    entry = AuditEntry.objects.get(action=Action.TEST_EVENT_SENT)
    assert (entry.actor_name, entry.after) == ("Ada", {"type": "raid", "seq": row.seq, "name": "Juno"})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": "mod.ban"}, "“mod.ban” is nothing that type takes. There are: follow, sub, "),
        ({"platform": "spotify"}, "“spotify” is nothing that platform takes. There are: twitch, youtube, kick, trovo."),
        ({"unit": "months"}, "“months” is nothing that unit takes. There are: bits, kicks, jewels, mana, elixir."),
        ({"amount": 0}, "amount takes a whole number from 1 to 1000000000"),
        ({"amount": samples.MOST + 1}, "amount takes a whole number from 1 to 1000000000"),
        ({"kind": "tip", "currency": "euro"}, "currency takes three capital letters, as in EUR."),
        ({"name": "x" * 81}, "name takes 80 characters at most."),
        ({"message": "x" * 501}, "message takes 500 characters at most."),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_happens(ada_actor, wrong, sentence):
    with pytest.raises(Refusal) as refusal:
        samples.send(actor=ada_actor, **{"kind": "cheer", "platform": "twitch", **wrong})

    assert refusal.value.code == "bad_event"
    assert refusal.value.text.startswith(sentence)
    assert not Event.objects.exists()


def test_whoever_may_only_look_sends_nothing(account):
    actor = factories.make_actor(account=account, permissions={Permission.EVENTS_READ})

    with pytest.raises(PermissionRefused):
        samples.send(actor=actor, kind="follow", platform="twitch")

    assert not Event.objects.exists()
