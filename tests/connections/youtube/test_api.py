"""YouTube's calls against the stand-in, over the wire."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from connections.enums import Purpose
from connections.platforms import PLATFORMS, oauth
from connections.platforms.base import Identity
from connections.platforms.failures import (
    ApiSwitchedOff,
    NoAnswer,
    NoChannel,
    NotLive,
    QuotaSpent,
    RateLimited,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from connections.platforms.youtube import api
from connections.platforms.youtube.scopes import BOT_SCOPES, SCOPES
from lumio.lib.secrets import Secret
from tests.connections.youtube.conftest import STREAMER

YOUTUBE = PLATFORMS["youtube"]
CHANNELS, BROADCASTS = "/youtube/v3/channels", "/youtube/v3/liveBroadcasts"
MESSAGES, MODERATORS = "/youtube/v3/liveChat/messages", "/youtube/v3/liveChat/moderators"
CHANNEL_LIST = {"kind": "youtube#channelListResponse"}
MODERATOR_LIST = {"kind": "youtube#liveChatModeratorListResponse"}

OUTAGES = [
    ({"status": 503}, Unavailable),
    ({"status": 403, "body": "<html>Sorry</html>"}, Unavailable),
    ({"status": 200, "body": "<html>Wi-Fi</html>"}, Unavailable),
    ({"status": 200, "body": ["items"]}, Unavailable),
    ({"status": 429, "headers": {"Retry-After": "9"}}, RateLimited),
    ({"close": True}, NoAnswer),
]


class TestTokens:
    def link(self, youtube, app):
        """Out to Google and back; the tokens."""
        uri, verifier = YOUTUBE.redirect_uri, "v" * 43
        url = oauth.authorization_url(
            YOUTUBE, app.id, purpose=Purpose.CHANNEL, state="s", redirect_uri=uri, verifier=verifier, again=False
        )
        back = parse_qs(urlsplit(youtube.consent(url, user="miraplays")).query)
        return oauth.exchange(YOUTUBE, app, code=back["code"][0], redirect_uri=uri, verifier=verifier)

    def test_every_consent_brings_a_refresh_token(self, youtube, app):
        first, second = self.link(youtube, app), self.link(youtube, app)

        assert first.refresh.reveal() != second.refresh.reveal()
        assert second.scopes == [scope.name for scope in SCOPES]
        assert second.grant_expires_in is None

    def test_a_project_in_testing_says_when_the_grant_ends(self, youtube, app):
        youtube.configure(testing_project=True)

        assert self.link(youtube, app).grant_expires_in == 7 * 24 * 3600

    def test_a_refresh_keeps_the_refresh_token(self, youtube, app):
        tokens = youtube.issue_tokens("miraplays", [scope.name for scope in SCOPES])

        renewed = oauth.refresh(YOUTUBE, app, Secret(tokens["refresh_token"]))

        assert renewed.refresh is None
        assert renewed.expires_in == 3599

    def test_a_token_is_handed_back(self, youtube, access, app):
        token = access().token

        taken = oauth.revoke(YOUTUBE, app, token)

        assert taken
        assert youtube.state.valid_token(token.reveal()) is None


class TestIdentity:
    def test_the_channel_that_was_chosen(self, youtube, access, app):
        identity = YOUTUBE.identity(access().token, app)

        assert identity == Identity(
            STREAMER,
            login="miraplays",
            name="Mira Plays",
            avatar_url=f"https://yt3.ggpht.com/{STREAMER}=s88",
        )

    @pytest.mark.parametrize("scopes", [SCOPES[:1], BOT_SCOPES])
    def test_either_scope_is_enough(self, youtube, access, app, scopes):
        assert YOUTUBE.identity(access(scopes=scopes).token, app).id == STREAMER

    def test_a_channel_without_a_handle(self, youtube, access, app):
        youtube.add_user("old", name="Old One", has_handle=False)

        identity = YOUTUBE.identity(access("old").token, app)

        assert (identity.login, identity.name) == ("", "Old One")

    @pytest.mark.parametrize("signup_required", [False, True])
    def test_a_google_account_without_a_channel(self, youtube, access, app, signup_required):
        youtube.add_user("viewer", has_channel=False)
        youtube.configure(signup_required=signup_required)

        with pytest.raises(NoChannel, match="no_channel"):
            YOUTUBE.identity(access("viewer").token, app)

    def test_the_api_is_not_switched_on(self, youtube, access, app):
        youtube.configure(api_enabled=False)

        with pytest.raises(ApiSwitchedOff) as refusal:
            YOUTUBE.identity(access().token, app)

        assert "YouTube Data API v3 has not been used in project 31337" in refusal.value.text

    def test_the_quota_is_spent(self, youtube, access, app):
        youtube.configure(quota=0)

        with pytest.raises(QuotaSpent):
            YOUTUBE.identity(access().token, app)

    def test_nothing_was_ticked(self, youtube, access, app):
        with pytest.raises(ScopeMissing, match="scope_missing"):
            YOUTUBE.identity(access(scopes=[]).token, app)

    def test_a_dead_token(self, youtube, access, app):
        token = access().token
        youtube.expire_tokens()

        with pytest.raises(TokenRefused):
            YOUTUBE.identity(token, app)

    @pytest.mark.parametrize(("fault", "failure"), OUTAGES)
    def test_an_outage(self, youtube, access, app, fault, failure):
        youtube.fail(CHANNELS, **fault)

        with pytest.raises(failure) as refusal:
            YOUTUBE.identity(access().token, app)

        assert type(refusal.value) is failure

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"items": [{"id": STREAMER, "snippet": {"title": "Mira"}}]},
            CHANNEL_LIST | {"items": ["x"]},
            CHANNEL_LIST | {"items": [{}]},
            CHANNEL_LIST | {"items": [{"id": STREAMER}]},
            CHANNEL_LIST | {"items": [{"id": STREAMER, "snippet": {"title": ""}}]},
            CHANNEL_LIST | {"items": [{"id": 5, "snippet": {"title": "Mira"}}]},
        ],
    )
    def test_an_answer_of_another_shape_is_an_outage(self, youtube, access, app, body):
        youtube.fail(CHANNELS, status=200, body=body)

        with pytest.raises(Unavailable):
            YOUTUBE.identity(access().token, app)


class TestFindingTheChat:
    def test_nobody_is_live(self, youtube, access):
        with pytest.raises(NotLive):
            api.live_chat(access())

    def test_a_stream_that_is_over(self, youtube, access):
        youtube.go_live()
        youtube.go_offline()

        with pytest.raises(NotLive):
            api.live_chat(access())

    def test_a_stream_without_chat(self, youtube, access):
        youtube.go_live(chat=False)

        with pytest.raises(NotLive):
            api.live_chat(access())

    @pytest.mark.parametrize("persistent", [False, True])
    def test_it_costs_one_unit(self, youtube, access, persistent):
        broadcast = youtube.go_live(persistent=persistent)

        assert api.live_chat(access()) == broadcast.chat_id
        assert youtube.quota_spent() == 1

    def test_of_several_the_public_one_that_began_last(self, youtube, access):
        broadcasts = [youtube.go_live() for _ in range(3)] + [youtube.go_live(privacy="unlisted")]
        for broadcast, hour in zip(broadcasts, (17, 19, 18, 20), strict=True):
            broadcast.started_at = f"2026-10-05T{hour}:00:00Z"

        assert api.live_chat(access()) == broadcasts[1].chat_id

    @pytest.mark.parametrize("items", [None, {}, ["x", {"snippet": "x"}, {"snippet": {"liveChatId": 5}}]])
    def test_rows_that_say_nothing_are_no_chat(self, youtube, access, items):
        youtube.go_live()
        youtube.fail(BROADCASTS, status=200, body={"kind": "youtube#liveBroadcastListResponse", "items": items})

        with pytest.raises(NotLive):
            api.live_chat(access())

    def test_what_is_no_list_does_not_say_that_nobody_is_live(self, youtube, access):
        youtube.fail(BROADCASTS, status=200, body={})

        with pytest.raises(Unavailable):
            api.live_chat(access())


class TestModerators:
    def test_yes_and_no(self, youtube, access):
        youtube.go_live()
        otto = access("otto", BOT_SCOPES).channel_id

        before = YOUTUBE.is_moderator(otto, access())
        youtube.make_moderator("otto")

        assert (before, YOUTUBE.is_moderator(otto, access())) == (False, True)

    def test_nobody_can_tell_while_nobody_is_live(self, youtube, access):
        youtube.make_moderator("otto")

        assert YOUTUBE.is_moderator(youtube.state.user("otto").id, access()) is None

    def test_they_are_asked_for_page_by_page(self, youtube, access):
        youtube.go_live()
        youtube.make_moderator("otto")
        somebody = {"snippet": {"moderatorDetails": {"channelId": "UCsomebody"}}}
        youtube.fail(MODERATORS, status=200, body=MODERATOR_LIST | {"items": [somebody], "nextPageToken": "two"})

        answer = YOUTUBE.is_moderator(youtube.state.user("otto").id, access())

        assert answer is True
        assert [call.parameters.get("pageToken") for call in youtube.calls(MODERATORS)] == [None, "two"]

    def test_not_for_ever(self, youtube, access):
        youtube.go_live()
        endless = MODERATOR_LIST | {"items": ["x"], "nextPageToken": "again"}
        youtube.fail(MODERATORS, status=200, body=endless, times=None)

        assert YOUTUBE.is_moderator("UCsomebody", access()) is None
        assert len(youtube.calls(MODERATORS)) == api.MOST_PAGES

    def test_an_outage_does_not_say_who_is_a_moderator(self, youtube, access):
        youtube.go_live()
        youtube.fail(MODERATORS, status=503)

        with pytest.raises(Unavailable):
            YOUTUBE.is_moderator("UCsomebody", access())
