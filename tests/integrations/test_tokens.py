"""Adding, listing and removing tokens, and what StreamElements says of them."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.actor import PermissionRefused
from accounts.domain import notifications
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from connections.platforms import PLATFORMS
from connections.platforms.base import Section
from events.enums import SourceState
from events.models import IngestSource
from integrations.domain import tokens, vault, verification
from integrations.enums import StreamPlatform, TokenState
from integrations.models import StreamElementsToken
from integrations.streamelements.failures import JwtUnreadable, NoAnswer, TokenRefused
from integrations.tasks import warn_of_ends
from lumio import rotation
from tests import factories

pytestmark = pytest.mark.django_db

CREATE, DELETE, READ = Permission.CONNECTIONS_CREATE, Permission.CONNECTIONS_DELETE, Permission.CONNECTIONS_READ


def told(actor) -> list[str]:
    return [entry.code for entry in notifications.listing(actor, limit=10).rows if entry.resolved_at is None]


def audited() -> list[str]:
    return [entry.action for entry in AuditEntry.objects.filter(action__startswith="tip_token").order_by("pk")]


def test_tips_can_belong_to_every_platform_that_streams():
    streaming = {slug for slug, platform in PLATFORMS.items() if platform.section == Section.STREAMING}

    assert set(StreamPlatform.values) == streaming
    assert {slug: StreamPlatform(slug).label for slug in streaming} == {
        slug: PLATFORMS[slug].name for slug in streaming
    }


class TestAdding:
    def test_asks_whose_it_is_and_keeps_nothing_else_of_the_answer(self, streamelements, account, ada_actor, caplog):
        jwt = streamelements.issue_jwt(expires_in=40 * 24 * 3600)

        with caplog.at_level(logging.DEBUG):
            listed = tokens.add(actor=ada_actor, platform="twitch", token=f" {jwt}\n", label=" Main  Channel ")

        row = StreamElementsToken.objects.get()
        assert (row.account, row.platform, row.label, row.created_by) == (
            account,
            "twitch",
            "Main Channel",
            ada_actor.user,
        )
        assert (row.state, row.channel_name, row.channel_provider) == (TokenState.VERIFIED, "Mira_Plays", "twitch")
        assert row.channel_id == streamelements.state.channel(None).id
        assert (row.hint, row.days_left) == (jwt[-4:], 39)
        assert vault.read(row).reveal() == jwt
        assert listed.mismatch == ""
        everything = repr(StreamElementsToken.objects.values()) + repr(AuditEntry.objects.values()) + caplog.text
        for secret in (jwt, "live-api-token", "live-access-token-of-the-platform", "example.test"):
            assert secret not in everything.replace("ada@example.test", "")

    def test_is_audited_without_the_secret(self, add):
        row = add(label="Main")

        [entry] = AuditEntry.objects.filter(action=Action.TIP_TOKEN_ADDED)
        assert entry.target_id == str(row.pk)
        assert entry.after == {"platform": "twitch", "channel": "Mira_Plays", "state": "verified", "hint": row.hint}

    @pytest.mark.parametrize(
        "fault", [{"status": 500}, {"status": 503}, {"status": 403}, {"close": True}, {"body": "x"}]
    )
    def test_an_outage_does_not_stand_in_the_way(self, streamelements, add, fault):
        streamelements.fail("/kappa/v2/channels/me", **fault)

        row = add()

        assert (row.state, row.channel_id, row.verified_at) == (TokenState.UNVERIFIED, "", None)
        assert row.source_id == f"streamelements:{row.pk}"

    def test_nobody_waits_longer_than_five_seconds(self, streamelements, add, monkeypatch):
        asked = []
        monkeypatch.setattr(
            "integrations.streamelements.api.http.call",
            lambda *args, **kwargs: asked.append(kwargs["deadline"]) or (_ for _ in ()).throw(ValueError),
        )

        add()

        assert asked == [5.0]

    def test_a_token_that_is_refused_is_not_stored(self, streamelements, ada_actor):
        jwt = streamelements.issue_jwt()
        streamelements.kill_jwt()

        with pytest.raises(TokenRefused) as refused:
            tokens.add(actor=ada_actor, platform="twitch", token=jwt)

        assert "does not accept this JWT" in refused.value.text
        assert not StreamElementsToken.objects.exists()
        assert audited() == []

    def test_another_platform_is_worth_a_word_and_no_refusal(self, streamelements, ada_actor):
        listed = tokens.add(actor=ada_actor, platform="youtube", token=streamelements.issue_jwt())

        assert listed.row.state == TokenState.VERIFIED
        assert listed.mismatch == (
            "StreamElements has Mira_Plays as a Twitch channel, and you chose YouTube. Its tips are shown as tips on "
            "YouTube."
        )

    @pytest.mark.parametrize("text", ["", "abc", "a.b.c", "x" * 5000, "Bearer eyJhIjoxfQ.eyJhIjoxfQ.signature"])
    def test_what_is_no_jwt_is_not_even_asked_about(self, streamelements, ada_actor, text):
        with pytest.raises(tokens.NotAJwt):
            tokens.add(actor=ada_actor, platform="twitch", token=text)

        assert streamelements.calls() == []
        assert not StreamElementsToken.objects.exists()

    def test_one_that_has_ended_is_neither(self, streamelements, ada_actor):
        with pytest.raises(tokens.JwtEnded):
            tokens.add(actor=ada_actor, platform="twitch", token=streamelements.issue_jwt(expires_in=-60))

        assert streamelements.calls() == []

    def test_the_same_jwt_twice_is_refused_and_another_of_the_channel_is_not(self, streamelements, add, account):
        jwt = streamelements.issue_jwt()
        first = add(token=jwt)

        with pytest.raises(tokens.AddedBefore):
            add(token=jwt, label="again")
        second = add()

        assert first.source_id == second.source_id
        assert StreamElementsToken.objects.count() == 2

    def test_another_account_may_have_it_too(self, streamelements, add, cleo_actor):
        jwt = streamelements.issue_jwt()
        ours = add(token=jwt)

        theirs = tokens.add(actor=cleo_actor, platform="twitch", token=jwt).row

        assert ours.source_id != theirs.source_id

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"platform": "spotify"}, tokens.NoSuchPlatform),
            ({"platform": ""}, tokens.NoSuchPlatform),
            ({"label": "x" * 81}, tokens.LabelTooLong),
        ],
    )
    def test_other_refusals(self, streamelements, ada_actor, given, refusal):
        with pytest.raises(refusal):
            tokens.add(actor=ada_actor, **{"platform": "twitch", "token": streamelements.issue_jwt()} | given)

        assert not StreamElementsToken.objects.exists()

    def test_an_account_has_a_bounded_number(self, add, monkeypatch):
        monkeypatch.setattr(tokens, "MOST_TOKENS", 2)
        add()
        add()

        with pytest.raises(tokens.TooManyTokens):
            add()

    def test_needs_the_right(self, streamelements, account):
        actor = factories.make_actor(account=account, permissions={READ, DELETE})

        with pytest.raises(PermissionRefused):
            tokens.add(actor=actor, platform="twitch", token=streamelements.issue_jwt())


class TestRemoving:
    def test_forgets_it_with_its_source(self, add, ada_actor):
        row = add()
        IngestSource.objects.create(account=row.account, key=row.source_id)

        tokens.remove(actor=ada_actor, token=row)

        assert not StreamElementsToken.objects.exists()
        assert not IngestSource.objects.exists()
        assert audited() == ["tip_token.added", "tip_token.removed"]

    def test_twice_does_no_harm(self, add, ada_actor):
        row = add()

        tokens.remove(actor=ada_actor, token=row)
        tokens.remove(actor=ada_actor, token=row)

        assert audited() == ["tip_token.added", "tip_token.removed"]

    def test_another_token_of_the_channel_keeps_the_source(self, add, ada_actor):
        old, new = add(), add()
        IngestSource.objects.create(account=old.account, key=old.source_id)

        tokens.remove(actor=ada_actor, token=old)
        assert IngestSource.objects.exists()

        tokens.remove(actor=ada_actor, token=new)
        assert not IngestSource.objects.exists()

    def test_a_broken_one_does_not(self, add, ada_actor):
        broken, good = add(), add()
        verification.lost(broken.pk)
        IngestSource.objects.create(account=good.account, key=good.source_id)

        tokens.remove(actor=ada_actor, token=good)

        assert not IngestSource.objects.exists()

    def test_needs_the_right(self, add, account):
        row = add()
        actor = factories.make_actor(account=account, permissions={READ, CREATE})

        with pytest.raises(PermissionRefused):
            tokens.remove(actor=actor, token=row)

        assert StreamElementsToken.objects.exists()


class TestListing:
    def test_shows_those_of_the_account_with_one_query(self, add, ada_actor, cleo_actor, django_assert_num_queries):
        rows = [add(), add()]
        IngestSource.objects.create(
            account=rows[0].account,
            key=rows[0].source_id,
            state=SourceState.DELIVERING,
            fence=1,
            leased_until=timezone.now() + timedelta(minutes=1),
        )

        with django_assert_num_queries(1):
            listed = tokens.listing(ada_actor)
            assert [(one.row.pk, one.state, one.tone) for one in listed] == [
                (row.pk, SourceState.DELIVERING, "ok") for row in rows
            ]
        assert tokens.listing(cleo_actor) == []

    def test_needs_the_right(self, account):
        with pytest.raises(PermissionRefused):
            tokens.listing(factories.make_actor(account=account, permissions={CREATE, DELETE}))

    def test_what_is_wrong_is_said(self, add, ada_actor):
        row = add()
        IngestSource.objects.create(
            account=row.account,
            key=row.source_id,
            state=SourceState.RECONNECTING,
            failure_code="tips_socket_lost",
            fence=1,
            leased_until=timezone.now() + timedelta(minutes=1),
        )

        [listed] = tokens.listing(ada_actor)

        assert (listed.state, listed.tone) == (SourceState.RECONNECTING, "warn")
        assert listed.trouble == "The connection to StreamElements broke. Lumio is connecting again by itself."

    def test_a_source_that_died_is_not_believed(self, add, ada_actor):
        row = add()
        gone = timezone.now() - timedelta(minutes=1)
        IngestSource.objects.create(
            account=row.account, key=row.source_id, state=SourceState.DELIVERING, fence=1, leased_until=gone
        )

        [listed] = tokens.listing(ada_actor)

        assert (listed.state, listed.since, listed.tone) == (SourceState.RECONNECTING, gone, "warn")

    @pytest.mark.parametrize(("days", "left", "soon"), [(30, 29, False), (3, 2, True), (0.5, 0, True)])
    def test_counts_the_days(self, add, days, left, soon):
        row = add(expires_in=days * 24 * 3600)

        assert (row.days_left, row.ends_soon) == (left, soon)

    def test_one_without_an_end_has_none(self, add):
        row = add(expires_in=None)

        assert (row.expires_at, row.days_left, row.ends_soon) == (None, None, False)

    def test_the_fingerprint_follows_what_is_shown(self, add, ada_actor):
        row = add()
        before = tokens.fingerprint(tokens.listing(ada_actor))
        StreamElementsToken.objects.update(verified_at=timezone.now())
        assert tokens.fingerprint(tokens.listing(ada_actor)) != before
        before = tokens.fingerprint(tokens.listing(ada_actor))

        verification.lost(row.pk)

        assert tokens.fingerprint(tokens.listing(ada_actor)) != before


class TestVerifying:
    @pytest.fixture
    def unverified(self, streamelements, add):
        streamelements.fail("/kappa/v2/channels/me", status=503)
        return add()

    def test_finds_the_channel_out_later(self, unverified, streamelements):
        IngestSource.objects.create(account=unverified.account, key=unverified.own_key)

        verification.verify(unverified)

        row = StreamElementsToken.objects.get()
        assert (row.state, row.channel_id) == (TokenState.VERIFIED, streamelements.state.channel(None).id)
        assert row.source_id == row.channel_key
        assert not IngestSource.objects.exists()

    def test_a_refusal_breaks_it_and_tells_people(self, unverified, streamelements, ada_actor, ben_actor, cleo_actor):
        streamelements.kill_jwt()

        with pytest.raises(TokenRefused):
            verification.verify(unverified)

        row = StreamElementsToken.objects.get()
        assert (row.state, row.failure_code) == (TokenState.BROKEN, "tip_token_refused")
        assert row.failed_since is not None
        assert (told(ada_actor), told(ben_actor), told(cleo_actor)) == (["tip_token_broken"], ["tip_token_broken"], [])
        assert audited() == ["tip_token.added", "tip_token.broken"]

    @pytest.mark.parametrize("status", [403, 429, 500, 503])
    def test_anything_else_does_not(self, add, streamelements, status):
        row = add()
        streamelements.fail("/kappa/v2/channels/me", status=status)

        with pytest.raises(Exception):  # noqa: B017  # each its own, all passing
            verification.verify(row)

        assert StreamElementsToken.objects.get().state == TokenState.VERIFIED

    @pytest.mark.parametrize("body", [[], {}, {"_id": 7}, {"_id": "../../x"}, {"_id": "5f00"}])
    def test_an_answer_that_is_none_does_not_either(self, add, streamelements, body):
        row = add()
        streamelements.fail("/kappa/v2/channels/me", body=body)

        with pytest.raises(NoAnswer):
            verification.verify(row)

        assert StreamElementsToken.objects.get().state == TokenState.VERIFIED

    def test_what_is_broken_stays_broken_and_is_told_once(self, add, ada_actor):
        row = add()

        verification.lost(row.pk)
        verification.lost(row.pk)

        assert audited() == ["tip_token.added", "tip_token.broken"]
        assert told(ada_actor) == ["tip_token_broken"]

    def test_nobody_is_told_while_another_token_of_the_channel_works(self, add, ada_actor):
        row, _ = add(), add()

        verification.lost(row.pk)

        assert told(ada_actor) == []

    def test_another_token_of_the_channel_makes_it_good(self, add, ada_actor):
        verification.lost(add().pk)
        assert told(ada_actor) == ["tip_token_broken"]

        add()

        assert told(ada_actor) == []

    def test_so_does_removing_it(self, add, ada_actor):
        row = add()
        verification.lost(row.pk)

        tokens.remove(actor=ada_actor, token=row)

        assert told(ada_actor) == []

    def test_the_others_of_a_channel_are_asked_about_too(self, add, streamelements):
        old_jwt = streamelements.issue_jwt()
        old, new = add(token=old_jwt), add()
        streamelements.kill_jwt(old_jwt)

        verification.verify_others(new)

        assert StreamElementsToken.objects.get(pk=old.pk).state == TokenState.BROKEN
        assert StreamElementsToken.objects.get(pk=new.pk).state == TokenState.VERIFIED

    def test_the_sentences_name_the_channel_and_survive_the_years(self, add, ada_actor):
        row = add(label="Main")
        verification.lost(row.pk)

        [entry] = notifications.listing(ada_actor, limit=1).rows
        assert entry.text.startswith("No tips arrive for Main any more. StreamElements does not accept this JWT")
        assert entry.url == "/dashboard/connections#streamelements"


class TestEnding:
    def test_people_are_told_once_a_week_before(self, add, ada_actor):
        add(expires_in=8 * 24 * 3600, label="Main")
        assert warn_of_ends() == 0

        with time_machine.travel(timezone.now() + timedelta(days=2)):
            assert (warn_of_ends(), warn_of_ends()) == (1, 0)

        [entry] = notifications.listing(ada_actor, limit=10).rows
        assert entry.code == "tip_token_ends"
        assert entry.text.startswith("The StreamElements token of Main ends on ")

    def test_nobody_is_told_where_another_token_lasts_longer(self, add):
        add(expires_in=3 * 24 * 3600)
        add(expires_in=30 * 24 * 3600)

        assert warn_of_ends() == 0

    def test_one_that_ends_even_earlier_is_no_help(self, add):
        add(expires_in=3 * 24 * 3600)
        add(expires_in=2 * 24 * 3600)

        assert warn_of_ends() == 1

    @pytest.mark.parametrize("is_broken", [True, False])
    def test_neither_a_broken_one_nor_one_without_an_end_is_warned_of(self, add, is_broken):
        row = add(expires_in=24 * 3600 if is_broken else None)
        if is_broken:
            verification.lost(row.pk)

        assert warn_of_ends() == 0

    def test_a_new_token_ends_it(self, add, ada_actor):
        add(expires_in=24 * 3600)
        warn_of_ends()

        add()

        assert told(ada_actor) == []


class TestSealing:
    def test_belongs_to_its_row(self, add):
        one, other = add(), add()
        StreamElementsToken.objects.filter(pk=one.pk).update(jwt_encrypted=other.jwt_encrypted)

        with pytest.raises(JwtUnreadable):
            vault.read(StreamElementsToken.objects.get(pk=one.pk))

    def test_is_among_what_is_put_under_new_keys(self, add):
        add()

        [tally] = [tally for tally in rotation.survey() if tally.kind.model is StreamElementsToken]

        assert (tally.total, tally.unreadable) == (1, 0)

    def test_is_in_the_database_under_no_other_name(self, add, streamelements):
        jwt = streamelements.issue_jwt()
        add(token=jwt)

        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM integrations_streamelementstoken")
            stored = repr(cursor.fetchall())

        assert jwt not in stored
        assert jwt.split(".")[2] not in stored
