from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.enums import Permission
from events.domain import status, thanks
from events.enums import Kind, Origin, SourceState, Unit
from events.models import IngestSource
from events.types import Person
from events.words import GROUPS, MOST_MARKS
from tests import factories
from tokens.domain import secret as secrets
from tokens.domain import tokens

PAGE = "/popout/events"
OBS = "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/127.0.0.0 Safari/537.36 OBS/31.0.0"


def rows(page: str) -> list[str]:
    """The text of each row of the first paint."""
    drawn = re.search(r"<ol.*?</ol>", page, re.DOTALL)[0]
    drawn = re.sub(r"<button.*?</button>", "", drawn, flags=re.DOTALL)
    items = re.findall(r"<li.*?</li>", re.sub(r"<(\w+)[^>]* hidden[^>]*>.*?</\1>", "", drawn), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", item).split()) for item in items]


def opened(client, token, **headers) -> str:
    response = client.get(PAGE, {"token": token[1]}, **headers)
    assert response.status_code == 200
    return response.content.decode()


def test_the_first_paint_has_the_newest_events_newest_first(client, token, account) -> None:
    grace, anonymous = Person(id="1", login="grace", name="Grace"), Person(anonymous=True, name="Ananonymousgifter")
    make = factories.make_event
    make(account=account, kind=Kind.FOLLOW, actor=grace, origin=Origin.LIVE)
    make(
        account=account,
        kind=Kind.CHEER,
        actor=grace,
        amount=1500,
        unit=Unit.BITS,
        message="gg wp",
        origin=Origin.LIVE,
    )
    make(account=account, kind=Kind.SUB_GIFT, actor=anonymous, amount=5, unit=Unit.SUBS, extra={"tier": 2})
    for _ in range(5):
        make(account=account, kind=Kind.SUB_RECEIVED_GIFT, actor=grace, origin=Origin.LIVE)
    make(account=account, kind=Kind.RAID, actor=grace, amount=1, unit=Unit.VIEWERS, origin=Origin.LIVE)

    page = opened(client, token)

    sentences = [re.sub(r" \d+:\d+ [ap]\.m\.$", "", text) for text in rows(page)]
    assert [re.sub(r" (\d+ [ap]\.m\.|noon|midnight)$", "", text) for text in sentences] == [
        "Grace raided with 1 viewer Twitch",
        "Anonymous gifted 5 subs TEST Twitch Tier 2",
        "Grace cheered 1,500 bits gg wp Twitch",
        "Grace followed Twitch",
    ]
    assert 'data-after="9"' in page


def test_the_first_paint_is_bounded_and_shows_this_account_only(client, token, account, cleo_actor) -> None:
    for _ in range(53):
        factories.make_event(account=account)
    factories.make_event(account=cleo_actor.account, actor=Person(name="Foreign"))

    page = opened(client, token)

    assert len(rows(page)) == 50
    assert 'data-after="53"' in page
    assert "Foreign" not in page


def test_nothing_yet_says_so(client, token) -> None:
    page = opened(client, token)

    assert rows(page) == []
    assert re.search(r'class="feed__empty" data-empty>', page)
    assert 'data-after="0"' in page


def make_source(account, state: SourceState, since: datetime | None = None) -> IngestSource:
    held = timezone.now() + timedelta(minutes=1)
    return IngestSource.objects.create(
        account=account, key="twitch:1001", state=state, state_since=since, fence=1, leased_until=held
    )


def header(page: str) -> str:
    return re.search(r"<header.*?</header>", page, re.DOTALL)[0]


@pytest.mark.parametrize(
    ("state", "since", "words"),
    [
        (SourceState.STARTING, None, "Starting…"),
        (SourceState.RECONNECTING, None, "Reconnecting…"),
        (SourceState.STOPPED, datetime(2026, 5, 1, 12, 3, tzinfo=UTC), "Not delivering since May 1, 2026, 12:03 p.m."),
        (None, None, "Not delivering"),
    ],
)
def test_the_header_says_when_the_source_that_would_know_is_down(client, token, account, state, since, words) -> None:
    status.update(account.pk, "twitch", "1001", channel_name="Mira", live=True)
    if state:
        make_source(account, state, since)

    shown = header(opened(client, token))

    assert f'data-slot="trouble">{words}</span>' in shown
    assert f'data-source="{state.value if state else "stopped"}"' in shown  # the stylesheet leaves LIVE out


def test_since_when_is_a_time_today(client, token, account, monkeypatch) -> None:
    since = datetime(2026, 5, 1, 12, 3, tzinfo=UTC)
    monkeypatch.setattr(timezone, "localdate", since.date)
    status.update(account.pk, "twitch", "1001", channel_name="Mira", live=True)
    make_source(account, SourceState.STOPPED, since)

    assert "Not delivering since 12:03 p.m.</span>" in header(opened(client, token))


def test_the_header_says_whether_the_channel_is_live(client, token, account) -> None:
    make_source(account, SourceState.DELIVERING)
    since = datetime(2026, 5, 1, 12, tzinfo=UTC)
    status.update(account.pk, "twitch", "1001", channel_name="Mira", live=True, live_since=since, viewers=1284)

    page = opened(client, token)

    shown = header(page)
    assert re.search(r'data-slot="live">LIVE', shown)
    assert re.search(r'data-slot="offline" hidden', shown)
    assert re.search(r'data-slot="trouble" hidden', shown)
    assert f'data-since="{since.isoformat()}"' in shown
    assert "1,284 viewers" in shown
    assert "Mira" in shown


def test_the_words_for_live_rows_are_the_readers(client, token, account) -> None:
    factories.make_event(account=account, kind=Kind.CHEER, amount=1500, unit=Unit.BITS)

    words = json.loads(re.search(r'<script id="words"[^>]*>(.*?)</script>', opened(client, token))[1])

    assert words["units"]["bits"] == ["{n} bit", "{n} bits"]
    assert words["left_out"] == ["event.thanked", "membership.received_gift", "sub.received_gift"]
    assert "1.500" in opened(client, token, headers={"accept-language": "de"})


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</template><script>alert(1)</script>",
    "</ol><svg onload=alert(1)>",
    "{{ 7|add:7 }}{% now 'Y' %}",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_strangers_text_is_text(client, token, account, payload) -> None:
    status.update(account.pk, "twitch", "1001", channel_name=payload, live=True)
    factories.make_event(account=account, actor=Person(name=payload), message=payload, kind=Kind.CHEER)
    factories.make_event(account=account, actor=Person(name=payload), kind=Kind.FOLLOW, platform="<b>none</b>"[:20])

    page = opened(client, token)

    for spoiled in ("<script>alert", "<img src=x", "<svg onload", "<b>none"):
        assert spoiled not in page
    if payload.startswith("{{"):
        assert page.count("7|add:7") == 4


def test_long_and_towering_text_is_cut(client, token, account) -> None:
    factories.make_event(
        account=account,
        kind=Kind.CHEER,
        actor=Person(name="z" + "\u0301" * 150),
        message="\u202e" + "y" * 10_000,
    )

    page = opened(client, token)

    assert "z" + "\u0301" * MOST_MARKS + "</bdi>" in page
    assert "y" * 1000 + "…" in page
    assert ("y" * 1001 in page, "\u202e" in page) == (False, False)


def poll(account, step: Kind, votes: int, **fields) -> None:
    choices = [{"id": "1", "title": "Thatch", "votes": votes}]
    extra = {"id": "poll-1", "choices": choices} | fields
    factories.make_event(account=account, kind=step, message="Which roof?", origin=Origin.LIVE, extra=extra)


def sentences(page: str) -> list[str]:
    """The rows of the first paint up to the platform's name."""
    return [text.split(" Twitch")[0] for text in rows(page)]


def test_all_steps_of_one_thing_are_one_row_where_the_newest_is(client, token, account) -> None:
    poll(account, Kind.POLL_BEGIN, 0)
    factories.make_event(account=account, kind=Kind.FOLLOW, origin=Origin.LIVE)
    poll(account, Kind.POLL_PROGRESS, 3)
    poll(account, Kind.POLL_PROGRESS, 9, id="another")
    poll(account, Kind.POLL_END, 5)

    assert sentences(opened(client, token)) == [
        "The poll ended: Which roof? Thatch: 5",
        "The poll is running: Which roof? Thatch: 9",
        "Grace followed",
    ]


def test_a_poll_with_many_votes_pushes_nothing_out(client, token, account) -> None:
    for _ in range(3):
        factories.make_event(account=account, kind=Kind.FOLLOW, origin=Origin.LIVE)
    for votes in range(60):
        poll(account, Kind.POLL_PROGRESS, votes)

    assert sentences(opened(client, token)) == ["The poll is running: Which roof? Thatch: 59", *["Grace followed"] * 3]


def test_a_gift_bomb_is_one_row_with_its_recipients(client, token, account) -> None:
    names = [{"id": name, "login": name, "name": name.title()} for name in ("ada", "ben", "cleo", "dan")]
    factories.make_event(
        account=account,
        kind=Kind.SUB_GIFT,
        amount=5,
        unit=Unit.SUBS,
        origin=Origin.LIVE,
        extra={"tier": 1, "recipients": names},
    )

    assert sentences(opened(client, token)) == ["Grace gifted 5 subs to Ada, Ben, Cleo and 2 more"]


def test_the_address_may_ask_for_some_groups(client, token, account) -> None:
    for kind in (Kind.FOLLOW, Kind.MOD_BAN, Kind.SOURCE_GAP, Kind.SUB_RECEIVED_GIFT, Kind.UNKNOWN):
        factories.make_event(account=account, kind=kind, origin=Origin.LIVE)

    def shown(types: str) -> tuple[list[str], list[str]]:
        page = client.get(PAGE, {"token": token[1], "types": types}).content.decode()
        groups = re.search(r'<fieldset[^>]* data-parameter="types">.*?</fieldset>', page, re.DOTALL)[0]
        ticked = re.findall(r'<input type="checkbox" value="(\w+)" checked', groups)
        return re.findall(r'data-type="([\w.]+)" data-group="\w*" data-platform="twitch" data-seq', page), ticked

    assert shown("follows,mod") == (["source.gap", "mod.ban", "follow"], ["follows", "mod"])
    assert shown("subs,nonsense") == (["source.gap"], ["subs"])
    assert shown("nonsense") == (["unknown", "source.gap", "mod.ban", "follow"], list(GROUPS))


def test_the_answer_is_kept_nowhere_and_framed_by_nobody(client, token) -> None:
    response = client.get(PAGE, {"token": token[1]})

    policy = {
        name: values for name, *values in (part.split() for part in response["Content-Security-Policy"].split(";"))
    }
    assert (response["Referrer-Policy"], response["Cache-Control"], response["X-Robots-Tag"]) == (
        "no-referrer",
        "no-store",
        "noindex",
    )
    assert response["X-Frame-Options"] == "DENY"
    assert policy["script-src"] == ["'self'"]
    assert policy["style-src"] == ["'self'", "'unsafe-inline'"]
    assert policy["connect-src"] == ["'self'", "ws://localhost"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert not response.cookies


def test_the_page_does_not_print_its_token(client, token) -> None:
    assert token[1] not in opened(client, token)


def test_the_page_is_small_on_the_wire(client, token, account) -> None:
    for _ in range(50):
        factories.make_event(account=account, kind=Kind.CHEER, amount=5, unit=Unit.BITS, message="well played " * 4)

    response = client.get(PAGE, {"token": token[1]}, headers={"accept-encoding": "gzip"})

    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 15_000


def test_it_costs_few_queries(client, token, account, django_assert_max_num_queries) -> None:
    for _ in range(3):
        factories.make_event(account=account)
    opened(client, token)

    with django_assert_max_num_queries(5):
        opened(client, token)


def refusals(ada_actor, account):
    """Every kind of token that opens nothing here, and the status it is answered with."""
    revoked, value = factories.make_token(actor=ada_actor, permissions={Permission.EVENTS_READ})
    tokens.revoke(actor=ada_actor, token=revoked)
    _, lacking = factories.make_token(actor=ada_actor, permissions={Permission.CHAT_READ})
    return {
        value.reveal(): 401,
        secrets.make().reveal(): 401,
        "nonsense": 401,
        "": 401,
        lacking.reveal(): 403,
    }


def test_a_link_that_opens_nothing_says_so_in_a_sentence(client, ada_actor, account) -> None:
    for value, code in refusals(ada_actor, account).items():
        response = client.get(PAGE, {"token": value})

        page = response.content.decode()
        assert response.status_code == code
        assert ("This link no longer works" in page) == (code == 401)
        assert ("See stream events" in page) == (code == 403)
        assert response["Referrer-Policy"] == "no-referrer"


def test_a_link_that_is_bound_to_another_page_says_so(client, ada_actor) -> None:
    held = {Permission.EVENTS_READ, Permission.CHAT_READ}
    _, other = factories.make_token(actor=ada_actor, permissions=held, pages=["chat"])
    _, this = factories.make_token(actor=ada_actor, permissions=held, pages=["chat", "events"])

    shut = client.get(PAGE, {"token": other.reveal()})

    assert shut.status_code == 403
    assert "This link is for another page." in shut.content.decode()
    assert client.get(PAGE, {"token": this.reveal()}).status_code == 200
    on_air = client.get(PAGE, {"token": other.reveal()}, headers={"user-agent": OBS})
    assert (on_air.status_code, "This link" in on_air.content.decode()) == (403, False)


def test_inside_obs_nothing_is_readable_on_air(client, ada_actor, account) -> None:
    for value, code in refusals(ada_actor, account).items():
        response = client.get(PAGE, {"token": value}, headers={"user-agent": OBS})

        body = re.search(r"<body>(.*)</body>", response.content.decode(), re.DOTALL)[1]
        assert (response.status_code, body) == (code, "")


def test_beside_a_token_the_session_opens_nothing(ada_client) -> None:
    assert ada_client.get(PAGE).status_code == 200
    assert ada_client.get(PAGE, {"token": "nonsense"}).status_code == 401


def test_a_hidden_token_gets_an_empty_shell_whoever_is_signed_in(ada_client, client, account) -> None:
    factories.make_event(account=account, actor=Person(name="Grace"))

    for person in (ada_client, client):
        response = person.get(PAGE, {"token": "hidden"})
        page = response.content.decode()
        assert response.status_code == 200
        assert ("<popout-shell>" in page, "<event-feed" in page, "Grace" in page) == (True, False, False)
        assert response["Cache-Control"] == "no-store"


def test_nobody_is_told_to_sign_in(client, db) -> None:
    response = client.get(PAGE)

    assert response.status_code == 401
    assert "Sign in to Lumio first" in response.content.decode()


def test_a_popout_is_only_looked_at(client, token) -> None:
    assert client.post(f"{PAGE}?token={token[1]}").status_code == 405


def actors(client, token, **asked) -> list[str]:
    """Who did what the first paint has, newest first, where the address asks for this."""
    page = client.get(PAGE, {"token": token[1], **asked}).content.decode()
    drawn = re.search(r"<ol.*?</ol>", page, re.DOTALL)[0]
    return re.findall(r'<bdi class="event__actor" data-slot="actor">(.*?)</bdi>', drawn)


def test_the_first_paint_leaves_out_what_is_little(client, token, account) -> None:
    paid = [("euro", 499, "EUR"), ("dollar", 500, "USD"), ("yen", 4, "JPY"), ("yens", 5, "JPY"), ("dinar", 4999, "KWD")]
    for name, amount, currency in paid:
        factories.make_event(
            account=account,
            kind=Kind.TIP,
            amount=amount,
            unit=Unit.MONEY,
            currency=currency,
            actor=Person(id=name, name=name),
        )
    for name, amount in (("few", 99), ("many", 100)):
        factories.make_event(
            account=account, kind=Kind.CHEER, amount=amount, unit=Unit.BITS, actor=Person(id=name, name=name)
        )
    factories.make_event(account=account, kind=Kind.TIP, actor=Person(id="untold", name="untold"))
    factories.make_event(
        account=account, kind=Kind.RAID, amount=1, unit=Unit.VIEWERS, actor=Person(id="raid", name="raid")
    )

    everybody = ["raid", "untold", "many", "few", "dinar", "yens", "yen", "dollar", "euro"]
    assert actors(client, token) == everybody
    assert actors(client, token, min="5") == ["raid", "untold", "many", "few", "yens", "dollar"]
    assert actors(client, token, minbits="100") == [name for name in everybody if name != "few"]


def test_the_first_paint_says_who_was_thanked_and_may_leave_them_out(client, token, account, ada_actor) -> None:
    for name in ("grace", "heidi"):
        factories.make_event(account=account, kind=Kind.FOLLOW, actor=Person(id=name, name=name))
    factories.make_event(account=account, kind=Kind.STREAM_OFFLINE)
    thanks.tick(actor=ada_actor, seq=1, thanked=True)

    grace = rows(opened(client, token))[-1]
    assert grace.startswith("grace followed")
    assert grace.endswith("thanked by Ada")
    assert actors(client, token, thanks="owed") == ["heidi"]
    assert 'data-after="4"' in opened(client, token)


def test_a_button_for_ticks_is_there_for_whoever_may(client, token, account, ada_actor) -> None:
    factories.make_event(account=account, kind=Kind.FOLLOW)
    row, secret = factories.make_token(actor=ada_actor, permissions={"events:read", "events:create"})
    maker = (row, secret.reveal())

    assert 'class="event__thank"' not in opened(client, token)
    assert 'class="event__thank"' in opened(client, maker)
