from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from tokens.options import Options, options


def asked(query: str, user=None) -> Options:
    request = RequestFactory().get(f"/popout/events?{query}")
    request.user = user or AnonymousUser()
    return options(request)


def test_an_address_that_asks_for_nothing_gets_a_dark_page_with_everything():
    assert asked("") == Options()


def test_what_an_address_asks_for_is_understood():
    assert asked(
        "theme=light&size=150&lang=de&platforms=kick,twitch&types=subs,tips&min=5&minbits=100&thanks=owed&max=40&text=125"
        "&controls=0&hide=header,time&time=24s"
    ) == Options(
        theme="light",
        size=150,
        language="de",
        platforms=frozenset({"kick", "twitch"}),
        groups=frozenset({"subs", "tips"}),
        least={"tips": 5, "bits": 100},
        owed=True,
        rows=40,
        text=125,
        has_controls=False,
        hidden=frozenset({"header", "time"}),
        hour_cycle="h23",
        row_times="seconds",
    )


@pytest.mark.parametrize(
    "query",
    [
        "theme=neon",
        "size=large",
        "size=-5",
        "size=²",
        "size=" + "9" * 5_000,
        "lang=xx",
        "platforms=myspace",
        "types=,",
        "max=all",
        "text=large",
        "min=0",
        "min=2.5",
        "minbits=-1",
        "thanks=all",
        "controls=perhaps",
        'hide=header"><script>',
        "time=25",
    ],
)
def test_what_nobody_understands_is_left_out(query):
    assert asked(query) == Options()


@pytest.mark.parametrize(("size", "meant"), [("1", 50), ("50", 50), ("300", 300), ("999", 300)])
def test_a_size_stays_readable(size, meant):
    assert asked(f"size={size}").size == meant


@pytest.mark.parametrize(("rows", "meant"), [("0", 5), ("600", 600), ("100000", 600)])
def test_a_page_keeps_no_more_rows_than_a_browser_bears(rows, meant):
    assert asked(f"max={rows}").rows == meant


def test_times_are_as_the_signed_in_person_likes_them_unless_the_address_says_more(ada):
    ada.hour_cycle, ada.row_times = "h12", "seconds"

    def times(query: str) -> tuple[str, str]:
        found = asked(query, user=ada)
        return found.hour_cycle, found.row_times

    assert times("") == ("h12", "seconds")
    assert times("time=24") == ("h23", "minutes")
    assert times("time=off") == ("auto", "none")
    assert times("token=lm_pop_x") == ("auto", "minutes")


def test_the_page_speaks_the_language_of_its_address(ada_client, account):
    page = ada_client.get("/popout/events?lang=de", headers={"accept-language": "en"}).content.decode()

    assert '<html lang="de"' in page
    assert "Noch ist nichts passiert" in page


def test_the_obs_to_begin_with_and_what_is_left_out_of_its_page():
    assert asked("obs=Gaming+PC&hide=sources,audio,nonsense") == Options(
        obs="Gaming PC", hidden=frozenset({"sources", "audio"})
    )
    assert asked(f"obs={'x' * 100}").obs == "x" * 80
