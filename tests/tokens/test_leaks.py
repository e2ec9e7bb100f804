from __future__ import annotations

import pytest

from accounts.domain.notifications import KINDS
from accounts.enums import Action, Via
from accounts.models import AuditEntry, Notification, NotificationMail
from events.domain.publish import publish_local
from events.enums import Kind, Origin
from events.models import ChatLine, LiveHead
from tests import factories
from tests.factories import make_stream_event
from tokens.domain import leaks
from tokens.domain import secret as secrets
from tokens.domain.access import authenticate
from tokens.domain.leaks import LEAKED
from tokens.models import PopoutToken


def say(account, *messages: str, origin: Origin = Origin.LIVE, **fields) -> None:
    """Somebody writes this in the account's chat."""
    lines = [make_stream_event(kind=Kind.CHAT_MESSAGE, message=text, **fields) for text in messages]
    publish_local(account.pk, lines, origin)


def works(value: str) -> bool:
    return authenticate(value, "/popout/events") is not None


AROUND = [
    "{}",
    "look what I found: {}!!",
    "http://localhost:8000/popout/events?token={}&types=follows",
    "https://other.example/?next=http%3A%2F%2Flocalhost%2Fpopout%2Fevents%3Ftoken%3D{}",
    "({}), then",
    "{}hello",
    "lm_pop_{}",
]


@pytest.mark.parametrize("text", AROUND)
def test_a_token_in_chat_is_dead_at_once_whatever_stands_around_it(token, account, text):
    say(account, text.format(token[1]))

    assert not works(token[1])
    assert ChatLine.objects.count() == 1, "the message itself is kept"


@pytest.mark.parametrize("origin", Origin)
def test_history_counts_too(token, account, origin):
    say(account, token[1], origin=origin)

    assert not works(token[1])


def test_several_tokens_of_several_accounts_end_with_one_batch(token, account, cleo_actor):
    theirs, value = factories.make_token(actor=cleo_actor, permissions={"events:read"})
    another = factories.make_token(actor=cleo_actor, permissions={"events:read"})[1].reveal()

    say(account, f"{token[1]} and {value.reveal()}", f"{token[1]} again")

    assert (works(token[1]), works(value.reveal()), works(another)) == (False, False, True)
    lines = AuditEntry.objects.filter(action=Action.TOKEN_LEAKED).values_list("account", "target_id")
    assert set(lines) == {(account.pk, str(token[0].pk)), (cleo_actor.account.pk, str(theirs.pk))}
    assert len(lines) == 2


def test_other_events_and_names_count_too(ada_actor, account):
    def seen_in(**fields) -> str:
        _, value = factories.make_token(actor=ada_actor, permissions={"events:read"})
        given = {name: made(value.reveal()) for name, made in fields.items()}
        publish_local(account.pk, [make_stream_event(kind=Kind.TIP, platform="kick", **given)], Origin.LIVE)
        assert not works(value.reveal())
        return AuditEntry.objects.filter(action=Action.TOKEN_LEAKED).latest("pk").after["where"]

    assert seen_in(message=str) == "event of Kick"
    assert seen_in(extra=lambda value: {"choices": [{"title": value}]}) == "event of Kick"


def test_the_audit_log_has_it_in_the_tokens_account_as_done_by_lumio_itself(token, account, cleo_actor):
    say(cleo_actor.account, token[1], platform="twitch")

    [line] = AuditEntry.objects.filter(action=Action.TOKEN_LEAKED)
    assert (line.account, line.actor_id, line.actor_name, line.via) == (account, None, "Lumio", Via.SYSTEM)
    assert (line.target_id, line.before, line.after) == (
        str(token[0].pk),
        {"label": "OBS", "permissions": ["events:read"]},
        {"where": "chat of Twitch"},
    )
    assert not AuditEntry.objects.filter(action=Action.TOKEN_REVOKED).exists()


def test_pages_that_are_open_are_asked_again(token, account):
    before = LiveHead.objects.get(account=account).access_epoch

    say(account, token[1])

    assert LiveHead.objects.get(account=account).access_epoch == before + 1


def test_whoever_looks_after_tokens_is_told_by_bell_and_mail(token, account, ben, settings):
    settings.LUMIO_SENDS_MAIL = True
    authenticate(token[1], "/popout/events")

    say(account, token[1], token[1])

    [told] = Notification.objects.all()
    assert (told.account, told.code) == (account, "token_leaked")
    assert LEAKED.text(told.params) == (
        "The popout token “OBS” was seen in the chat of Twitch and has been revoked. It last opened /popout/events. "
        "Make a new one and paste its address wherever the old one stood."
    )
    assert KINDS["token_leaked"].url(told.params) == "/dashboard/tokens"
    assert [mail.user.name for mail in NotificationMail.objects.all()] == ["Ada"], "Ben cannot make tokens"


def test_one_without_a_name_is_announced_too(ada_actor, account):
    _, value = factories.make_token(actor=ada_actor, permissions={"events:read"}, label="")

    leaks.in_referer(f"https://tools.example/?token={value.reveal()}")

    [told] = Notification.objects.all()
    assert LEAKED.text(told.params) == (
        "A browser told the address with the popout token “no label” to others, so it has been revoked. "
        "Make a new one and paste its address wherever the old one stood."
    )


def test_what_is_no_living_token_costs_nothing_and_says_nothing(token, account, django_assert_num_queries):
    mistyped = token[1][:-1] + ("0" if token[1][-1] != "0" else "1")

    with django_assert_num_queries(0):
        leaks.in_referer(f"https://x.example/?token={mistyped}&also=lm_pop_")
    say(account, secrets.make().reveal(), mistyped, token[1][:-1], "lm_pop_")

    assert works(token[1])
    assert not AuditEntry.objects.filter(action=Action.TOKEN_LEAKED).exists()
    assert not Notification.objects.exists()


def test_one_that_is_revoked_already_is_left_as_it_is(token, account):
    say(account, token[1])
    revoked_at = PopoutToken.objects.get(pk=token[0].pk).revoked_at

    say(account, token[1])

    assert PopoutToken.objects.get(pk=token[0].pk).revoked_at == revoked_at
    assert AuditEntry.objects.filter(action=Action.TOKEN_LEAKED).count() == 1


def test_where_it_cannot_be_revoked_the_message_is_kept_all_the_same(token, account, monkeypatch, caplog):
    def broken(**_) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("tokens.domain.tokens.revoke", broken)

    say(account, token[1])

    assert ChatLine.objects.count() == 1
    assert "could not be dealt with" in caplog.text
    assert token[1] not in caplog.text
