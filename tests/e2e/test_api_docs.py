"""The page that lets people try the API, under the policy that all pages have."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.people import claim


def test_a_person_tries_the_api_and_makes_a_token(lumio, page):
    claim(page, lumio)
    page.goto(f"{lumio.url}/v1/docs")

    page.locator("#operations-tag-tokens button.expand-operation").click()

    # To read.
    tokens = page.locator("#operations-tokens-tokens_list")
    tokens.locator("button.opblock-summary-control").click()
    tokens.get_by_role("button", name="Try it out").click()
    tokens.get_by_role("button", name="Execute", exact=True).click()
    expect(tokens.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    expect(tokens.locator(".live-responses-table")).to_contain_text("ratelimit-remaining")
    expect(tokens.locator(".curl-command")).not_to_contain_text("X-CSRFToken")

    # To change something, which needs the session's CSRF token.
    make = page.locator("#operations-tokens-tokens_create")
    make.locator("button.opblock-summary-control").click()
    make.get_by_role("button", name="Try it out").click()
    make.locator("textarea").fill('{"label": "Stream deck", "permissions": ["events:read"]}')
    make.get_by_role("button", name="Execute", exact=True).click()
    expect(make.locator(".live-responses-table tbody .response-col_status")).to_contain_text("201")
    expect(make.locator(".live-responses-table")).to_contain_text("lm_pop_")
