from __future__ import annotations

import html
import re

from django.contrib.sessions.models import Session

from accounts.actor import system_actor
from accounts.domain import granting
from accounts.enums import ALL, Permission
from accounts.models import AuditEntry, Member
from tests import factories
from tokens.domain import tokens
from tokens.enums import NEVER_BY_TOKEN, Revocation
from tokens.models import PopoutToken

PAGE = "/dashboard/tokens"
NEW = "/dashboard/tokens/new"
SECRET = re.compile(r"lm_pop_[0-9A-Za-z]{42}")


def ticked(page: str) -> set[str]:
    boxes = re.findall(r"<input[^>]*name=\"permissions\"[^>]*>", page)
    return {re.search(r'value="([^"]+)"', box)[1] for box in boxes if " checked" in box}


def offered(page: str) -> set[str]:
    return set(re.findall(r'name="permissions" value="([^"]+)"', page))


def test_an_empty_page_says_how_to_begin(ada_client) -> None:
    page = ada_client.get(PAGE).content.decode()

    assert "No tokens yet" in page
    assert f'href="{NEW}"' in page


def test_a_token_is_listed_without_its_secret(ada_client, ada_actor, token) -> None:
    row, secret = token

    page = ada_client.get(PAGE).content.decode()

    assert f"…{row.last_four}" in page
    assert "events:read" in page
    assert "Never used" in page
    assert (secret in page, row.digest in page, SECRET.search(page)) == (False, False, None)


def test_the_end_of_a_token_is_only_where_streamer_mode_hides_it(ada_client, ada_actor) -> None:
    wide, _ = factories.make_token(actor=ada_actor, label="", permissions=ALL - NEVER_BY_TOKEN)

    page = ada_client.get(PAGE).content.decode()

    assert "Revoke token without a label" in page
    hint = f"…{wide.last_four}"
    assert page.count(hint) == page.count(f'private__value"><code>{wide.hint}</code></span>') == 2


def test_the_page_of_a_token_has_its_end_only_where_streamer_mode_hides_it(ada_client, token, open_page) -> None:
    row, _ = token

    for address in (f"{PAGE}/{row.pk}", f"{PAGE}/{row.pk}/revoke"):
        page = ada_client.get(address).content.decode()
        assert page.count(row.last_four) == page.count(f'private__value"><code>{row.hint}</code></span>') >= 1
    page = ada_client.get(f"{PAGE}/{row.pk}").content.decode()
    assert page.count(open_page.address) == page.count(f'private__value">{open_page.address}</span>') == 1


def test_a_dead_token_says_so(ada_client, account) -> None:
    left = factories.make_member(account=account, permissions={Permission.EVENTS_READ})
    demoted = factories.make_member(account=account, permissions={Permission.EVENTS_READ})
    for member in (left, demoted):
        factories.make_token(actor=factories.actor_of_member(member), permissions={Permission.EVENTS_READ})
    left.delete()
    demoted.role.permissions = []
    demoted.role.save()

    page = ada_client.get(PAGE).content.decode()

    assert page.count("Opens nothing") == 2
    assert page.count("What is struck out does not count: Its creator has left the account.</span>") == 1
    assert page.count("What is struck out does not count: Its creator may not do this any more.</span>") == 1


def test_what_does_not_count_is_struck_out_and_says_why(ada_client, account) -> None:
    held = {Permission.EVENTS_READ, Permission.CHAT_READ}
    member = factories.make_member(account=account, permissions=held)
    row, _ = factories.make_token(actor=factories.actor_of_member(member), permissions=held)
    member.role.permissions = ["events:read"]
    member.role.save()

    for address in (PAGE, f"{PAGE}/{row.pk}"):
        page = ada_client.get(address).content.decode()
        assert re.findall(r"<s>(.+?)</s>", page) == ["chat:read"]
        assert "What is struck out does not count: Its creator may not do this any more." in " ".join(page.split())


def test_open_pages_are_listed_with_a_button_for_whoever_may_close_them(ada_client, account, client, token, open_page):
    row, _ = token
    close = f"{PAGE}/{row.pk}/pages/{open_page.id}/close"
    reader = factories.make_member(account=account, permissions={Permission.TOKENS_READ})
    client.force_login(reader.user)

    for address in (PAGE, f"{PAGE}/{row.pk}"):
        page, readers = ada_client.get(address).content.decode(), client.get(address).content.decode()
        assert "OBS on Windows" in page and "OBS on Windows" in readers
        assert (f'action="{close}"' in page, close in readers) == (True, False)
    assert client.post(close).status_code == 403
    response = ada_client.post(close, follow=True)
    assert response.redirect_chain == [(f"{PAGE}/{row.pk}", 302)]
    assert "/popout/events is closed. Whoever loads it again has it again." in response.content.decode()
    gone = ada_client.post(f"{PAGE}/{row.pk}/pages/{row.pk}/close", follow=True)
    assert "This page is not open any more." in gone.content.decode()


def test_while_valkey_is_away_the_page_says_that_nobody_can_tell(ada_client, token, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert "Open pages: nobody can tell right now" in ada_client.get(PAGE).content.decode()
    assert "Which pages are open cannot be told right now." in ada_client.get(f"{PAGE}/{token[0].pk}").content.decode()


def labels(page: str) -> list[str]:
    return re.findall(r'class="row__link"[^>]*>([^<]*)</a>', page)


def test_more_than_a_page_goes_on_and_comes_back(ada_client, ada_actor, monkeypatch) -> None:
    monkeypatch.setattr("accounts.paging.PAGE", 2)
    for number in range(3):
        factories.make_token(actor=ada_actor, permissions={Permission.EVENTS_READ}, label=f"OBS {number}")

    first = ada_client.get(PAGE, {"q": "obs"}).content.decode()
    [older] = re.findall(r'href="([^"]*before=[^"]*)"', first)
    second = ada_client.get(html.unescape(older)).content.decode()

    assert (labels(first), labels(second)) == (["OBS 2", "OBS 1"], ["OBS 0"])
    assert (f'href="{PAGE}?q=obs"' in second, "Older tokens" in second) == (True, False)
    assert labels(ada_client.get(PAGE, {"q": "obs 1"}).content.decode()) == ["OBS 1"]
    assert "No such token" in ada_client.get(PAGE, {"q": "nothing"}).content.decode()


def test_a_whole_token_that_is_looked_for_leaves_the_address_at_once(ada_client, token) -> None:
    _, secret = token

    response = ada_client.get(PAGE, {"q": f" {secret}"})

    assert (response.status_code, secret in response["Location"], response["Cache-Control"]) == (302, False, "no-store")
    page = ada_client.get(response["Location"]).content.decode()
    assert (labels(page), secret in page) == (["OBS"], False)


def test_two_hundred_tokens_cost_no_more_queries_than_one(ada_client, ada_actor, token, django_assert_max_num_queries):
    ada_client.get(PAGE)  # the session's first page is written down
    with django_assert_max_num_queries(6):  # two of them are the bell's
        ada_client.get(PAGE)
    for _ in range(3):
        factories.make_token(actor=ada_actor, permissions={Permission.EVENTS_READ})
    with django_assert_max_num_queries(6):
        ada_client.get(PAGE)


def test_buttons_that_may_not_be_used_are_absent(account, client, token) -> None:
    row, _ = token
    reader = factories.make_member(account=account, permissions={Permission.TOKENS_READ})
    client.force_login(reader.user)

    page = client.get(PAGE).content.decode()

    assert f"…{row.last_four}" in page
    assert (NEW in page, f"{row.pk}/revoke" in page) == (False, False)
    assert (">Edit<" in page, ">Details<" in page) == (False, True)
    assert "Save" not in client.get(f"{PAGE}/{row.pk}").content.decode()
    assert client.post(f"{PAGE}/{row.pk}", {"permissions": ["events:read"]}).status_code == 403
    assert client.get(NEW).status_code == 403
    assert client.post(f"{PAGE}/{row.pk}/revoke").status_code == 403
    assert PopoutToken.objects.alive().count() == 1


def test_the_form_offers_what_the_person_holds_and_a_token_can_use(ada_client, account, client) -> None:
    assert offered(ada_client.get(NEW).content.decode()) == ALL - NEVER_BY_TOKEN

    few = {Permission.TOKENS_CREATE, Permission.CHAT_READ, Permission.MEMBERS_EDIT}
    client.force_login(factories.make_member(account=account, permissions=few).user)
    page = client.get(NEW).content.decode()
    assert offered(page) == {"chat:read"}
    assert re.findall(r'href="\?preset=(\w+)"', page) == ["chat"]


def test_a_preset_ticks_what_its_popout_can_use(ada_client) -> None:
    assert ticked(ada_client.get(NEW).content.decode()) == set()
    assert ticked(ada_client.get(NEW + "?preset=music").content.decode()) == {"spotify:read", "spotify:playback"}
    assert ticked(ada_client.get(NEW + "?preset=nonsense").content.decode()) == set()


def test_the_form_shows_what_is_on_a_token_and_changes_it(ada_client, account, client, token, ben) -> None:
    row, _ = token
    address = f"{PAGE}/{row.pk}"
    tokens.change(actor=factories.make_actor(account=account), token=row, permissions=["events:read", "audit:read"])
    held = {Permission.TOKENS_READ, Permission.TOKENS_EDIT, Permission.EVENTS_READ}
    client.force_login(factories.make_member(account=account, permissions=held).user)

    page = client.get(address).content.decode()
    assert offered(page) == {"audit:read", "events:read", "tokens:read"}
    assert ticked(page) == {"audit:read", "events:read"}
    assert "You may take these away, but not give them back, as you do not have them yourself: Read the audit log." in (
        " ".join(page.split())
    )

    response = client.post(address, {"label": "Deck", "permissions": ["events:read"], "pages": ["events"]}, follow=True)

    row.refresh_from_db()
    assert response.redirect_chain == [(address, 302)]
    assert "It counts at once, on open pages too." in response.content.decode()
    assert (row.label, row.permissions, row.pages) == ("Deck", ["events:read"], ["events"])
    back = client.post(address, {"permissions": ["events:read", "audit:read"]})
    assert (back.status_code, b"field__error" in back.content) == (422, True)


def test_a_form_without_members_leaves_the_member_alone(ada_client, account, ben, client) -> None:
    member = Member.objects.get(user=ben)
    owner = factories.make_actor(account=account)
    row, _ = factories.make_token(actor=owner, permissions={Permission.EVENTS_READ}, member=member)
    held = {Permission.TOKENS_READ, Permission.TOKENS_EDIT, Permission.EVENTS_READ}
    client.force_login(factories.make_member(account=account, permissions=held).user)

    client.post(f"{PAGE}/{row.pk}", {"label": "Deck", "permissions": ["events:read"], "member": ""})

    row.refresh_from_db()
    assert (row.label, row.member) == ("Deck", member)
    ada_client.post(f"{PAGE}/{row.pk}", {"label": "Deck", "permissions": ["events:read"], "member": ""})
    row.refresh_from_db()
    assert row.member is None


def test_a_binding_that_would_open_nothing_is_refused_with_what_to_do(ada_client) -> None:
    response = ada_client.post(NEW, {"permissions": ["events:read"], "pages": ["events", "chat"]})

    assert response.status_code == 422
    assert "The popout “Chat” opens with the permission “Read chat”." in response.content.decode()
    assert not PopoutToken.objects.exists()


def test_a_bound_token_has_the_addresses_of_its_popouts_alone(ada_client) -> None:
    both = ["events:read", "chat:read"]

    bound = ada_client.post(NEW, {"permissions": both, "pages": ["chat"]}).content.decode()
    free = ada_client.post(NEW, {"permissions": both}).content.decode()

    assert ["/popout/events?token=" in page for page in (bound, free)] == [False, True]


def test_the_secret_is_shown_once_with_the_address_it_opens(ada_client, ben) -> None:
    member = Member.objects.get(user=ben)
    given = {"label": "Stream PC", "permissions": ["events:read", "events:userinfo"], "member": str(member.pk)}

    response = ada_client.post(NEW, given)

    page = html.unescape(response.content.decode())
    row = PopoutToken.objects.get()
    [secret] = set(SECRET.findall(page))
    assert (row.label, row.permissions, row.member) == ("Stream PC", given["permissions"], member)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert f"http://localhost:8000/popout/events?token={secret}" in page
    assert "/popout/chat" not in page
    assert "500 \N{MULTIPLICATION SIGN} 400" in page
    assert re.search(r'private__value"><img class="qr" src="data:image/svg\+xml;base64,', page)
    assert f"token={secret}" not in " ".join(re.findall(r'href="([^"]*)"', page))


def test_afterwards_the_secret_is_nowhere(ada_client, caplog) -> None:
    with caplog.at_level("DEBUG"):
        [secret] = set(SECRET.findall(ada_client.post(NEW, {"permissions": ["events:read"]}).content.decode()))
        later = [ada_client.get(path).content.decode() for path in (PAGE, "/dashboard", "/v1/tokens")]

    assert [secret in page for page in later] == [False, False, False]
    assert secret not in caplog.text
    assert secret not in str(ada_client.cookies)
    assert not any(secret in str(session.get_decoded()) for session in Session.objects.all())
    assert not any(secret in str(vars(entry)) for entry in AuditEntry.objects.all())
    assert secret not in str(list(PopoutToken.objects.values()))


def test_an_address_is_shown_only_for_a_popout_that_the_token_opens(ada_client) -> None:
    page = ada_client.post(NEW, {"permissions": ["chat:read"]}).content.decode()

    assert SECRET.search(page)
    assert set(re.findall("/popout/([a-z]+)", page)) == {"chat"}


def test_a_form_that_cannot_be_used_makes_nothing(ben_client, account, ben, cleo) -> None:
    held = {Permission.TOKENS_CREATE, Permission.EVENTS_READ, Permission.MEMBERS_READ, Permission.MEMBERS_EDIT}
    may_create = factories.make_role(account=account, permissions=held)
    Member.objects.filter(user=ben).update(role=may_create)
    foreign = Member.objects.get(user=cleo)

    answers = [
        ben_client.post(NEW, given)
        for given in (
            {},
            {"permissions": ["audit:read"]},
            {"permissions": ["members:edit"]},
            {"permissions": ["events:read", "no:such"]},
            {"permissions": ["events:read"], "label": "x" * 81},
            {"permissions": ["events:read"], "member": str(foreign.pk)},
            {"permissions": ["events:read"], "member": "x'; --"},
            {"permissions": ["events:read"], "label": "nul\x00"},
        )
    ]

    assert [answer.status_code for answer in answers] == [422] * 8
    assert all(b"field__error" in answer.content for answer in answers)
    assert not PopoutToken.objects.exists()


def test_a_form_of_another_account_is_refused(ada_client, cleo_actor) -> None:
    response = ada_client.post(NEW, {"permissions": ["events:read"], "account": str(cleo_actor.account.pk)})

    assert response.status_code == 409
    assert not PopoutToken.objects.exists()


def test_script_in_a_label_is_text(ada_client) -> None:
    label = '"><script>alert(1)</script>'
    created = ada_client.post(NEW, {"permissions": ["events:read"], "label": label}).content.decode()

    for page in (created, ada_client.get(PAGE).content.decode()):
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_revoke_asks_first_where_there_is_no_script(ada_client, token) -> None:
    page = ada_client.get(f"{PAGE}/{token[0].pk}/revoke").content.decode()

    assert "its address never works again" in page
    assert 'name="note"' in page
    assert PopoutToken.objects.alive().count() == 1


def test_revoked_ones_say_who_when_and_why(ada_client, ada_actor, account, token) -> None:
    row, _ = token
    leaked, _ = factories.make_token(actor=ada_actor, permissions={Permission.EVENTS_READ}, label="Shown on stream")
    ada_client.post(f"{PAGE}/{row.pk}/revoke", {"note": "<b>Sold</b> the machine"})
    tokens.revoke(actor=system_actor(account), token=leaked, reason=Revocation.LEAKED_IN_CHAT)

    page = " ".join(ada_client.get(f"{PAGE}/revoked").content.decode().split())

    assert re.findall(r'class="row__title"><strong>([^<]+)</strong>', page) == ["Shown on stream", "OBS"]
    assert "Revoked by Lumio: seen in a chat or an event" in page
    assert "Revoked by Ada" in page
    assert "<q>&lt;b&gt;Sold&lt;/b&gt; the machine</q>" in page
    assert page.count(row.last_four) == page.count(f'private__value"><code>{row.hint}</code></span>') == 1
    assert "Shown on stream" not in ada_client.get(PAGE).content.decode()


def test_a_reason_that_is_too_long_revokes_nothing(ada_client, token) -> None:
    response = ada_client.post(f"{PAGE}/{token[0].pk}/revoke", {"note": "x" * 201})

    assert (response.status_code, b"field__error" in response.content) == (422, True)
    assert PopoutToken.objects.alive().count() == 1


def test_revoke_ends_the_token_and_says_so(ada_client, token, client) -> None:
    row, secret = token

    response = ada_client.post(f"{PAGE}/{row.pk}/revoke", follow=True)

    assert response.redirect_chain == [(PAGE, 302)]
    page = response.content.decode()
    assert ("The token “OBS” no longer works." in page, row.last_four in page) == (True, False)
    assert client.get(f"/v1/tokens/me?token={secret}").status_code == 401
    assert ada_client.post(f"{PAGE}/{row.pk}/revoke").status_code == 404


def test_somebody_elses_token_is_not_there(cleo_client, token) -> None:
    assert cleo_client.post(f"{PAGE}/{token[0].pk}/revoke").status_code == 404
    assert PopoutToken.objects.alive().count() == 1


def test_a_token_never_opens_the_dashboard(ada_client, ada_actor) -> None:
    _, value = factories.make_token(actor=ada_actor, permissions={Permission.TOKENS_READ})

    response = ada_client.get(f"{PAGE}?token={value.reveal()}")

    assert response.status_code == 302
    assert value.reveal() not in response["Location"]


def test_right_after_losing_the_permission_a_form_is_refused(ada_actor, account, client, monkeypatch) -> None:
    member = factories.make_member(account=account, permissions={Permission.TOKENS_CREATE, Permission.EVENTS_READ})
    client.force_login(member.user)

    def refuse(**kwargs):
        raise granting.MoreThanHeld(permission="See stream events")

    monkeypatch.setattr(tokens, "create", refuse)
    response = client.post(NEW, {"permissions": ["events:read"]})

    assert response.status_code == 422
    assert "because you do not have it yourself" in response.content.decode()


def test_who_may_not_see_members_is_not_shown_them(client, account, ben) -> None:
    """A custom role may create tokens and nothing else."""
    maker = factories.make_member(account=account, permissions={"tokens:create", "events:read"})
    member = Member.objects.get(user=ben)
    client.force_login(maker.user)

    assert "Ben" not in client.get(NEW).content.decode()
    given = {"permissions": ["events:read"], "member_id": str(member.pk)}
    answer = client.post("/v1/tokens", given, content_type="application/json")
    assert (answer.status_code, answer.json()["permission"]) == (403, "members:read")
    made = client.post(NEW, {"account": account.pk, "permissions": ["events:read"], "member": member.pk})
    assert made.status_code == 200
    assert PopoutToken.objects.get().member is None
