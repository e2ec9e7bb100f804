from __future__ import annotations

import pytest


def test_the_root_leads_to_the_dashboard(client):
    assert client.get("/")["Location"] == "/dashboard"


def test_the_dashboard_names_the_account_and_the_person(ada_client):
    content = ada_client.get("/dashboard").content.decode()

    assert "Ada live" in content
    assert "Owner" in content


@pytest.mark.parametrize(
    ("who", "links"),
    [
        (
            "ada_client",
            [
                "/dashboard",
                "/dashboard/chat",
                "/dashboard/events",
                "/dashboard/alerts",
                "/dashboard/music",
                "/dashboard/obs",
                "/dashboard/preflight",
                "/dashboard/connections",
                "/dashboard/bots",
                "/dashboard/tokens",
                "/dashboard/overlays",
                "/dashboard/uploads",
                "/dashboard/automations",
                "/dashboard/members",
                "/dashboard/roles",
                "/dashboard/audit",
                "/dashboard/account",
                "/dashboard/help",
            ],
        ),
        (
            "ben_client",
            [
                "/dashboard",
                "/dashboard/chat",
                "/dashboard/events",
                "/dashboard/alerts",
                "/dashboard/music",
                "/dashboard/preflight",
                "/dashboard/connections",
                "/dashboard/overlays",
                "/dashboard/uploads",
                "/dashboard/automations",
                "/dashboard/help",
            ],
        ),
    ],
)
def test_the_sidebar_has_what_the_person_may_open(request, who, links):
    response = request.getfixturevalue(who).get("/dashboard")

    assert [item["url"] for group in response.context["nav"] for item in group["items"]] == links
    assert [item["url"] for group in response.context["nav"] for item in group["items"] if item["current"]] == [
        "/dashboard"
    ]


def test_a_refused_page_names_the_permission_who_has_it_and_whom_to_ask(ben_client):
    response = ben_client.get("/dashboard/tokens")

    assert response.status_code == 403
    content = response.content.decode()
    assert "tokens:read" in content
    assert [role.slug for role in response.context["roles"]] == ["administrator", "owner"]
    assert "owner" in content


def test_an_unknown_page_is_a_404_in_the_form_of_its_caller(ada_client):
    page, api = ada_client.get("/dashboard/nothing"), ada_client.get("/v1/nothing")

    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert (api.status_code, api["Content-Type"]) == (404, "application/problem+json")
    assert api.json()["code"] == "not_found"


def test_a_form_without_its_csrf_token_gets_a_page_that_says_so(ada, account):
    from django.test import Client

    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.force_login(ada)

    response = client.post("/account/logout/")

    assert response.status_code == 403
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert client.get("/dashboard").status_code == 200


@pytest.mark.parametrize(
    ("path", "content_type"), [("/language", "text/html; charset=utf-8"), ("/v1/gql", "application/problem+json")]
)
def test_a_form_that_cannot_be_read_is_met_with_words(ada, account, path, content_type):
    from django.test import Client

    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(ada)
    client.get("/dashboard")  # for the cookie, without which the form is not even looked at

    response = client.post(path, b"a=b", content_type="application/x-www-form-urlencoded; charset=utf-16")

    assert (response.status_code, response["Content-Type"]) == (400, content_type)
