"""What all stand-ins with OAuth have in common: consent, codes, PKCE, refreshes, rotation, revocation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import time_machine

from tests.test_fakes.clients import CLIENTS, PATIENCE, VERIFIER, OAuthClient, browse, query_of


def names(classes: list[type[OAuthClient]]) -> list:
    return [pytest.param(one, id=one.stand_in.slug) for one in classes]


REVOKING = [one for one in CLIENTS if one.revoked is not None]
SURVIVING = [one for one in REVOKING if one.may_survive_revoke]
CHECKING_PKCE = [one for one in CLIENTS if one.pkce]
WITH_APP_TOKENS = [one for one in CLIENTS if one.app_tokens]
WITHOUT_APP_TOKENS = [one for one in CLIENTS if not one.app_tokens]


@pytest.fixture(params=names(CLIENTS))
def client(request) -> Iterator[OAuthClient]:
    with request.param.stand_in() as platform:
        app = platform.add_app()
        platform.add_user("mira_plays", name="Mira_Plays", email="mira@example.org")
        yield request.param(platform, app)


@pytest.fixture
def tokens(client) -> dict:
    return client.platform.issue_tokens("mira_plays", client.scopes)


# The consent page


def test_page_names_the_platform_the_app_the_people_and_the_scopes(client):
    client.platform.add_user("mira_bot", name="<Mira's Bot>")

    page = browse(client.authorize_url())

    assert page.status_code == 200
    assert f"simulated {client.platform.oauth.name}" in page.text
    assert "Lumio wants to access your account" in page.text
    assert '<option value="mira_bot">&lt;Mira&#x27;s Bot&gt;</option>' in page.text
    assert [scope for scope in client.scopes if f"<code>{scope}</code>" not in page.text] == []


def test_form_of_the_page_leads_back_with_a_code(client):
    page = browse(client.authorize_url()).text
    action = page.split('method="post" action="')[1].split('"')[0].replace("&amp;", "&")

    answer = requests.post(
        client.platform.url + action,
        data={"login": "mira_plays", "decision": "allow", "granted": client.scopes},
        allow_redirects=False,
        timeout=PATIENCE,
    )

    status, _ = client.exchange(query_of(answer.headers["Location"])["code"])
    assert (answer.status_code, status) == (302, 200)


def test_allow_returns_with_code_and_state(client):
    back = client.platform.consent(client.authorize_url(), user="mira_plays")

    assert back.startswith(f"{client.redirect_uri}?")
    assert query_of(back) | {"code": "?"} == {"code": "?", "state": "s-1"} | client.comes_back_with


def test_deny_returns_the_refusal_and_gives_nothing(client):
    back = client.platform.consent(client.authorize_url(), user="mira_plays", allow=False)

    assert back.startswith(f"{client.redirect_uri}?")
    assert query_of(back) == client.denial | {"state": "s-1"}
    assert (client.platform.state.codes, client.platform.state.consents) == ({}, {})


@pytest.mark.parametrize("spelling", ["{}/", "{}x", None])
def test_unregistered_redirect_uri_is_never_visited(client, spelling):
    answer = browse(client.authorize_url(redirect_uri=spelling and spelling.format(client.redirect_uri)))

    assert answer.status_code == client.wrong_redirect_page
    assert not answer.headers.get("Location", "").startswith(f"{client.redirect_uri}/")
    assert client.platform.state.codes == {}


@pytest.mark.parametrize("change", [{"client_id": "nobody"}, {"scope": "everything"}, {"response_type": "token"}])
def test_broken_authorize_request_is_turned_away(client, change):
    answer = browse(client.authorize_url(**change))

    assert 400 <= answer.status_code < 500
    with pytest.raises(requests.HTTPError):
        client.platform.consent(client.authorize_url(**change), user="mira_plays")
    assert client.platform.state.codes == {}


def test_stranger_cannot_consent(client):
    with pytest.raises(requests.HTTPError):
        client.platform.consent(client.authorize_url(), user="nobody")

    assert client.platform.state.codes == {}


# Codes


def test_code_gives_working_tokens(client):
    status, body = client.exchange(client.code())

    assert status == 200
    assert set(body) == client.answers_with
    assert int(body["expires_in"]) == client.platform.settings.access_lifetime
    assert client.lives(body["access_token"])
    assert client.refresh(body["refresh_token"])[0] == 200


def test_tokens_belong_to_the_person_who_consented(client):
    ben = client.platform.add_user("ben")

    _, body = client.exchange(client.code("ben"))

    assert client.platform.state.valid_token(body["access_token"]).user_id == ben.id


def test_code_works_once(client):
    code = client.code()
    client.exchange(code)

    assert client.exchange(code) == client.used_code


def test_unknown_code(client):
    assert client.exchange("x") == client.invalid_code


def test_code_dies_of_age(client):
    code = client.code()

    with time_machine.travel(time.time() + client.platform.state.code_lifetime + 1):
        assert client.exchange(code) == client.invalid_code


def test_code_belongs_to_its_redirect_uri(client):
    code = client.code()

    assert client.exchange(code, redirect_uri=f"{client.redirect_uri}/") == client.wrong_redirect
    assert client.platform.state.grants == []


def test_code_belongs_to_its_app(client):
    code = client.code()
    client.app = client.platform.add_app("another-app", "another-secret")

    assert client.exchange(code) == client.invalid_code


@pytest.mark.parametrize("client", names(CHECKING_PKCE), indirect=True)
@pytest.mark.parametrize("verifier", ["another-verifier-" * 3, ""])
def test_wrong_verifier_costs_the_code(client, verifier):
    code = client.code()

    assert client.exchange(code, code_verifier=verifier) == client.wrong_verifier
    assert client.exchange(code) == client.used_code
    assert client.platform.state.grants == []


@pytest.mark.parametrize("client", names(CHECKING_PKCE), indirect=True)
def test_plain_challenge_is_turned_away(client):
    plain = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}

    assert 400 <= browse(client.authorize_url(**plain)).status_code < 500


def test_challenge_is_needed_only_where_it_is_mandatory(client):
    page = browse(client.authorize_url(code_challenge=None, code_challenge_method=None))

    assert page.status_code == (400 if client.needs_challenge else 200)


# Credentials


def test_wrong_secret(client):
    code = client.code()

    assert client.exchange(code, client_secret="wrong") == client.wrong_secret
    assert client.exchange(code)[0] == 200


def test_unknown_client(client):
    assert client.exchange(client.code(), client_id="nobody") == client.unknown_client


def test_new_secret_shuts_the_old_one_out(client):
    old = client.app.client_secret

    new = client.platform.reset_secret()

    code = client.code()
    assert client.exchange(code, client_secret=old) == client.wrong_secret
    assert client.exchange(code, client_secret=new)[0] == 200


@pytest.mark.parametrize("client", names(WITH_APP_TOKENS), indirect=True)
def test_client_credentials_give_an_app_token_without_refresh_token(client):
    status, body = client.ask(grant_type="client_credentials")

    assert (status, set(body)) == (200, {"access_token", "expires_in", "token_type"})
    assert body["expires_in"] == client.platform.state.app_token_lifetime
    assert client.platform.state.valid_token(body["access_token"]).user_id is None


@pytest.mark.parametrize("client", names(WITHOUT_APP_TOKENS), indirect=True)
def test_app_tokens_are_refused_where_there_are_none(client):
    status, _ = client.ask(grant_type="client_credentials")

    assert 400 <= status < 500
    assert client.platform.state.access_tokens == {}


# Refreshing


def test_refresh_as_the_platform_does_it(client, tokens):
    status, body = client.refresh(tokens["refresh_token"])

    assert status == 200
    assert body["access_token"] != tokens["access_token"]
    assert client.lives(body["access_token"])
    assert client.lives(tokens["access_token"])
    assert ("refresh_token" in body) == (client.rotates or client.repeats_refresh_token)
    assert (body.get("refresh_token", tokens["refresh_token"]) != tokens["refresh_token"]) == client.rotates


def test_without_rotation_the_refresh_token_goes_on_and_on(client, tokens):
    client.platform.configure(rotation=False)

    answers = [client.refresh(tokens["refresh_token"]) for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 200]
    assert {body.get("refresh_token", tokens["refresh_token"]) for _, body in answers} == {tokens["refresh_token"]}


@pytest.fixture
def strict(client) -> OAuthClient:
    """At a platform where only the latest refresh token works."""
    client.platform.configure(rotation=True, rotation_grace=False, spent_tokens_work=False, reuse_ends_grant=False)
    return client


def test_rotation_gives_a_new_refresh_token_each_time_and_spends_the_old_one(strict, tokens):
    _, second = strict.refresh(tokens["refresh_token"])
    _, third = strict.refresh(second["refresh_token"])

    assert len({tokens["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert strict.refresh(tokens["refresh_token"]) == strict.unknown_refresh
    assert strict.refresh(second["refresh_token"]) == strict.unknown_refresh
    assert strict.refresh(third["refresh_token"])[0] == 200


def test_grace_lets_the_last_spent_token_in_and_none_before(strict, tokens):
    strict.platform.configure(rotation_grace=True)
    _, second = strict.refresh(tokens["refresh_token"])

    assert strict.refresh(tokens["refresh_token"])[0] == 200
    assert strict.refresh(tokens["refresh_token"]) == strict.unknown_refresh
    assert strict.refresh(second["refresh_token"])[0] == 200


def test_reuse_of_a_spent_token_kills_the_family_where_the_platform_watches(strict, tokens):
    strict.platform.configure(reuse_ends_grant=True)
    _, second = strict.refresh(tokens["refresh_token"])

    assert strict.refresh(tokens["refresh_token"]) == strict.unknown_refresh
    assert strict.refresh(second["refresh_token"]) == strict.dead_refresh
    assert not strict.lives(second["access_token"])


def test_racing_refreshes_of_a_rotating_token_let_one_through(strict, tokens):
    with ThreadPoolExecutor(8) as racers:
        answers = list(racers.map(lambda _: strict.refresh(tokens["refresh_token"])[0], range(8)))

    assert sorted(answers) == [200] + [strict.unknown_refresh[0]] * 7
    assert (
        len(
            strict.platform.calls(
                f"POST {strict.refresh_path or strict.token_path}", refresh_token=tokens["refresh_token"]
            )
        )
        == 8
    )


def test_unknown_refresh_token(client):
    assert client.refresh("x") == client.unknown_refresh


def test_refresh_token_of_another_app(client, tokens):
    client.app = client.platform.add_app("another-app", "another-secret")

    assert client.refresh(tokens["refresh_token"]) == client.unknown_refresh


@pytest.mark.parametrize("setting", ["refresh_lifetime", "grant_lifetime"])
def test_refresh_token_dies_of_age(client, setting):
    client.platform.configure(**{setting: 3600})
    tokens = client.platform.issue_tokens("mira_plays", client.scopes)

    with time_machine.travel(time.time() + 3590):
        assert client.refresh(tokens["refresh_token"])[0] == 200
    with time_machine.travel(time.time() + 3601):
        assert client.refresh(tokens["refresh_token"]) == client.dead_refresh


def test_rotation_extends_the_life_of_the_refresh_token_and_not_of_the_grant(strict):
    strict.platform.configure(refresh_lifetime=3600, grant_lifetime=7200)
    first = strict.platform.issue_tokens("mira_plays", strict.scopes)
    start = time.time()

    with time_machine.travel(start + 3000):
        _, second = strict.refresh(first["refresh_token"])
    with time_machine.travel(start + 6000):
        status, third = strict.refresh(second["refresh_token"])

    with time_machine.travel(start + 7201):
        assert (status, strict.refresh(third["refresh_token"])) == (200, strict.dead_refresh)


# Ends


def test_access_token_dies_of_age(client, tokens):
    with time_machine.travel(time.time() + client.platform.settings.access_lifetime + 1):
        assert not client.lives(tokens["access_token"])


def test_expire_tokens_leaves_the_refresh_token_good(client, tokens):
    assert client.platform.expire_tokens("mira_plays") == 1

    assert not client.lives(tokens["access_token"])
    assert client.refresh(tokens["refresh_token"])[0] == 200


def test_revoke_grant_kills_every_token_of_the_person_and_of_nobody_else(client, tokens):
    others = client.platform.issue_tokens("ben", client.scopes)

    client.platform.revoke_grant("mira_plays")

    assert client.refresh(tokens["refresh_token"]) == client.dead_refresh
    assert not client.lives(tokens["access_token"])
    assert client.lives(others["access_token"])
    assert client.refresh(others["refresh_token"])[0] == 200


@pytest.mark.parametrize("client", names(REVOKING), indirect=True)
def test_revoking_the_access_token_ends_the_grant(client, tokens):
    assert client.revoke(tokens["access_token"]) == client.revoked

    assert not client.lives(tokens["access_token"])
    assert client.refresh(tokens["refresh_token"]) == client.dead_refresh
    assert client.revoke(tokens["access_token"]) == client.revoked_again


@pytest.mark.parametrize("client", names(SURVIVING), indirect=True)
def test_whether_the_refresh_token_survives_is_a_switch(client, tokens):
    client.platform.configure(refresh_survives_revoke=True)

    client.revoke(tokens["access_token"])

    assert not client.lives(tokens["access_token"])
    assert client.refresh(tokens["refresh_token"])[0] == 200
