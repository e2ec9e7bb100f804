"""Pre-flight checks: a matrix in which each thing fails alone, with its colour, its sentence and its link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings
from django.utils import timezone

from accounts.domain.findings import Group
from accounts.models import Account
from connections.domain import quota, vault
from connections.models import AppCredentials, BotPause, Connection, PlatformSwitch, QuotaDay, Webhook
from connections.platforms import PLATFORMS
from connections.platforms.base import Tokens
from events.domain import echo, heartbeat, presence
from events.domain.echo import Echo
from events.enums import SourceState
from events.models import Heartbeat, IngestSource
from integrations.domain import election
from integrations.domain.vault import seal_password
from integrations.enums import Route
from integrations.models import Integration, StreamElementsToken
from lumio import health, preflight, preflight_checks
from lumio.lib.secrets import Secret
from lumio.models import Preflight
from lumio.preflight_shown import Shown, shown
from overlays.domain import sources
from overlays.domain.sources import State
from overlays.models import AlertQueue, Overlay, Panic, Source
from tests import factories
from tests.fakes.kick import Kick
from tests.fakes.obs import Obs
from tests.fakes.server import HOST
from tests.fakes.twitch import Twitch
from tests.fakes.wire import environment
from tests.fakes.youtube import YouTube
from tests.processes.process import free_port
from tokens.models import PopoutToken

PASSWORD = "harbour4Lights2x"
STAND_INS: tuple[Any, ...] = (Twitch, YouTube, Kick)


class House:
    """Ada's account, in which all is well: three platforms, OBS, tips, an overlay and a popout that are open."""

    def __init__(self, stand_ins: list[Any], obs: Obs) -> None:
        self.actor = factories.make_actor(account=factories.make_account(owner=factories.make_user(name="Ada")))
        self.account: Account = self.actor.account
        now = timezone.now()
        for stand_in in stand_ins:
            self._connect(stand_in)
        place = {"route": Route.DIRECT, "host": HOST, "port": obs.port}
        factories.make_integration(account=self.account, password=PASSWORD, **place)
        tips = factories.make_se_token(account=self.account)
        self._have_source(tips.source_id)
        self.overlay = factories.make_overlay(account=self.account, name="Gaming")
        note = {"version": "", "obs_version": "31.0.0", "user_agent": "OBS/31.0.0", "connected_at": now, "now": now}
        assert sources.note(self.overlay.pk, uuid4(), State(), **note)
        factories.make_token(actor=self.actor, permissions={"events:read"})
        Webhook.objects.create(account=self.account, platform="kick", code="code-of-ada", delivered_at=now)

    def live(self) -> None:
        """Processes and pages have just said that they are there."""
        for process in ("beat", "ingest"):
            heartbeat.beat(process)
        Source.objects.update(seen_at=timezone.now())

    def _connect(self, stand_in: Any) -> None:
        platform = PLATFORMS[stand_in.slug]
        stand_in.add_app(redirect_uris=[platform.redirect_uri])
        user = stand_in.add_user("mira_plays", name="Mira_Plays")
        scopes = [scope.name for scope in platform.scopes]
        tokens = stand_in.issue_tokens("mira_plays", scopes)
        app = {"client_id": stand_in.client_id, "client_secret": stand_in.client_secret}
        factories.make_credentials(
            account=self.account, platform=platform.slug, redirect_uri=platform.redirect_uri, **app
        )
        row = factories.make_connection(
            account=self.account,
            platform=platform.slug,
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            channel_id=str(user.id),
            channel_name="Mira_Plays",
            scopes=scopes,
        )
        self._have_source(row.source_key)

    def _have_source(self, key: str) -> None:
        now = timezone.now()
        told = {"state": SourceState.DELIVERING, "state_since": now, "leased_until": now + timedelta(minutes=10)}
        IngestSource.objects.create(
            account=self.account, key=key, fence=1, subscriptions_active=14, subscriptions_wanted=14, **told
        )

    def connection(self, platform: str = "twitch") -> Connection:
        return Connection.objects.get(account=self.account, platform=platform)

    def source(self, **fields: Any) -> None:
        IngestSource.objects.filter(key=self.connection().source_key).update(**fields)


@pytest.fixture(scope="module")
def made(module_db: None) -> Iterator[House]:
    """Made once: every fault is one of rows, which lie within the transaction of its test, or of what is patched."""
    with Twitch() as twitch, YouTube() as youtube, Kick() as kick, Obs(PASSWORD) as obs:
        places = environment(twitch.url, youtube=youtube.url, kick=kick.url)
        with override_settings(LUMIO_ALLOW_PRIVATE_HOSTS=True, **places):
            yield House([twitch, youtube, kick], obs)


#: What answers where no page is really open.
REACHED = [
    Echo("/popout/events", "OBS on Windows", None, True, 12),
    Echo("/dashboard", "Firefox on Linux", None, False, 9),
]


@pytest.fixture
def house(made: House, db: None, monkeypatch: pytest.MonkeyPatch) -> House:
    overlay = Echo("/overlay", "OBS on Windows", made.overlay.pk, False, 15)
    monkeypatch.setattr(echo, "sound", lambda account_id: [overlay, *REACHED])
    monkeypatch.setattr(presence, "open_pages", lambda ids: {one: [factories.OPEN_PAGE] for one in ids})
    monkeypatch.setattr(health, "ask_valkey", lambda found: found.update(valkey=health.FINE))
    made.live()
    return made


def looked(house: House) -> Shown:
    """Everything that is checked, in this thread."""
    row = Preflight(account=house.account, ended_at=timezone.now())
    row.results = [preflight._kept(check, check.look()) for check in preflight_checks.checks(house.actor)]
    return shown(row)


def wrong(house: House) -> list[tuple[str, str, str, str]]:
    lines = [line for line in looked(house).lines if line.tone != "good"]
    return [(line.subject, line.tone.value, line.text, line.url) for line in lines]


def test_where_all_is_well_nothing_is_marked(house):
    found = looked(house)

    assert wrong(house) == []
    assert (found.summary, found.badge) == ("Ready", "ok")
    assert [group.value for group, _ in found.groups] == [
        "connections", "bots", "tips", "tools", "overlays", "pages", "lumio",
    ]  # fmt: skip
    assert {line.url for line in found.lines} == {""}


# --- Each thing fails alone -----------------------------------------------------------------------------------------


def dead_tokens(house: House, patch: Any) -> None:
    row = house.connection()
    vault.put_tokens(row, Tokens(access=Secret("gone"), refresh=Secret("gone, too"), expires_in=9_000, scopes=None))
    row.save()


def rejected(house: House, patch: Any) -> None:
    row = AppCredentials.objects.get(account=house.account, platform="twitch")
    row.client_secret_encrypted = vault.seal(row, "client_secret_encrypted", Secret("another"))
    row.save()
    dead_tokens(house, patch)


def away(house: House, patch: Any) -> None:
    patch.setattr("django.conf.settings.TWITCH_API_URL", f"http://{HOST}:{free_port()}/helix")


def out_of_reach(house: House, patch: Any) -> None:
    patch.setattr(type(PLATFORMS["kick"]), "reaches_us", False)


def spent(house: House, patch: Any) -> None:
    quota.meter_of(house.account.pk, "youtube").spend(1)
    QuotaDay.objects.update(spent=9_000)


def obs_away(house: House, patch: Any) -> None:
    Integration.objects.update(port=1)


def obs_locked(house: House, patch: Any) -> None:
    row = Integration.objects.get(account=house.account)
    row.password_encrypted = seal_password(row, Secret("guess"))
    row.save()


def bridge_closed(house: House, patch: Any) -> None:
    factories.make_integration(account=house.account, label="Laptop")
    patch.setattr(election, "pages", lambda account_id: 0)
    patch.setattr("integrations.domain.commands._tell", lambda integration_id, text: False)


def silent(place: int) -> Callable[[House, Any], None]:
    def fault(house: House, patch: Any) -> None:
        echoes = echo.sound(house.account.pk)
        echoes[place] = replace(echoes[place], milliseconds=None)
        patch.setattr(echo, "sound", lambda account_id: echoes)

    return fault


def lose(model: Any, **fields: Any) -> Callable[[House, Any], None]:
    """Set these fields of the account's rows."""
    return lambda house, patch: model.objects.update(**fields)


def creator_leaves(house: House, patch: Any) -> None:
    member = factories.make_member(account=house.account, permissions={"events:read", "tokens:create"})
    actor = factories.make_actor(account=house.account)
    token, _ = factories.make_token(actor=actor, permissions={"events:read"}, label="Desk")
    PopoutToken.objects.filter(pk=token.pk).update(creator=member.user)
    member.delete()


CARD, TIPS, ALERTS = "/dashboard/connections#card-twitch", "/dashboard/connections#streamelements", "/dashboard/alerts"
KICK_CARD, YOUTUBE_CARD = CARD.replace("twitch", "kick"), CARD.replace("twitch", "youtube")
HOUR_AGO = timezone.now() - timedelta(hours=1)

FAULTS: dict[str, tuple[Callable[[House, Any], Any], tuple[str, str, str, str]]] = {
    "a sign-in that is over": (
        dead_tokens,
        ("Twitch", "bad", "Twitch ended this sign-in. It said: “Invalid refresh token”. Click Reconnect to sign in "
         "again.",
         CARD),
    ),
    "app credentials that are refused": (
        rejected,
        ("Twitch", "bad",
         "Twitch does not accept the app credentials. It said: “invalid client secret”. The Client Secret "
         "is wrong or has been replaced: make a new one in the developer console and save it on the App "
         "Credentials page.",
         "/dashboard/connections/credentials#twitch"),
    ),
    "a platform that does not answer": (
        away,
        ("Twitch", "warn",
         "Whether the sign-in works could not be found out. Twitch could not be reached or took too long "
         "to answer. Nothing was changed; try again in a few minutes. If it stays like this, look at the network "
         "of the "
         "machine that Lumio runs on.", CARD),
    ),
    "a platform that is switched off": (
        lambda house, patch: PlatformSwitch.objects.create(platform="trovo") and factories.make_connection(
            account=house.account, platform="trovo"
        ),
        ("Trovo", "warn", "Whoever runs this Lumio has switched Trovo off.", CARD.replace("twitch", "trovo")),
    ),
    "credentials that nobody signed in with": (
        lambda house, patch: factories.make_credentials(account=house.account, platform="trovo"),
        ("Trovo", "warn", "App credentials are saved, but nobody has signed in yet.", CARD.replace("twitch", "trovo")),
    ),
    "a renewal that fails": (
        lambda house, patch: Connection.objects.filter(platform="twitch").update(
            failure_code="platform_unavailable", failure_params={"platform": "Twitch"}
        ),
        ("Twitch", "warn",
         "The sign-in works until {time}, but renewing it fails. Twitch does not answer as it should right "
         "now. Nothing was changed; try again in a few minutes.", CARD),
    ),
    "scopes that are missing": (
        lambda house, patch: Connection.objects.filter(platform="kick").update(
            scopes=house.connection("kick").scopes[1:]
        ),
        ("Kick", "warn", "Permissions are missing, so a part does not work: user:read. Reconnect to grant them.",
         KICK_CARD),
    ),
    "another address than the app was set up for": (
        lambda house, patch: AppCredentials.objects.filter(platform="kick").update(redirect_uri="https://old.example/"),
        ("Kick", "warn",
         "Lumio's address has changed since the app was set up. Enter the new redirect URI in the developer "
         "console.", "/dashboard/connections/credentials#kick"),
    ),
    "a quota that is spent": (
        spent,
        ("YouTube", "bad", "Today's quota is used up, so chat and events are not read until {time}.", YOUTUBE_CARD),
    ),
    "some subscriptions": (
        lambda house, patch: house.source(subscriptions_active=12),
        ("Twitch", "warn", "Only 12 of 14 subscriptions work, so some events do not arrive.", CARD),
    ),
    "a connection that is made anew": (
        lambda house, patch: house.source(state=SourceState.RECONNECTING),
        ("Twitch", "warn", "The connection for events is being made at this moment.", CARD),
    ),
    "nothing that arrives": (
        lambda house, patch: house.source(state=SourceState.STOPPED),
        ("Twitch", "bad", "Events do not arrive any more.", CARD),
    ),
    "nothing that listens": (
        lambda house, patch: IngestSource.objects.filter(key=house.connection().source_key).delete(),
        ("Twitch", "bad", "Nothing listens to Twitch yet. Lumio's ingest process may not be running.", CARD),
    ),
    "an address that Kick cannot reach": (
        out_of_reach,
        ("Kick", "bad", "Kick cannot reach this Lumio: its address is not a public one that begins with https://.",
         KICK_CARD),
    ),
    "a webhook that was never called": (
        lose(Webhook, delivered_at=None),
        ("Kick", "warn", "Kick has never delivered anything here. Check the webhook URL in its developer settings.",
         KICK_CARD),
    ),
    "a webhook that refuses": (
        lambda house, patch: Webhook.objects.update(
            refusal_code="delivery_out_of_date", refused_at=timezone.now() + timedelta(seconds=1)
        ),
        ("Kick", "bad",
         "Kick delivered something that is too old or from the future, and it was refused. Check the clock of "
         "the machine that Lumio runs on.", KICK_CARD),
    ),
    "a bot that is paused": (
        lambda house, patch: BotPause.objects.create(account=house.account, platform="twitch"),
        ("Twitch", "warn", "The bot is paused, so nothing is written in the chat.", "/dashboard/bots"),
    ),
    "a bot whose sign-in is over": (
        lambda house, patch: factories.make_connection(
            account=house.account, purpose="bot", channel_name="Botty", state="needs_sign_in",
            failure_code="grant_revoked", failure_params={"platform": "Twitch"},
        ),
        ("Twitch", "warn",
         "Mira_Plays writes in the chat instead of your bot. Twitch says that Lumio's access was taken "
         "back. Click Reconnect to allow it again.", "/dashboard/connections/bot#bot-twitch"),
    ),
    "a tip token that is refused": (
        lose(StreamElementsToken, state="broken", failure_code="tip_token_unreadable"),
        ("StreamElements: Mira_Plays", "bad",
         "The stored JWT cannot be read with this Lumio's encryption keys. Put the "
         "missing key back, or remove the token and add it again.", TIPS),
    ),
    "a tip token that ran out": (
        lose(StreamElementsToken, expires_at=HOUR_AGO),
        ("StreamElements: Mira_Plays", "bad", "The token has run out, so no tips arrive. Add a new one.", TIPS),
    ),
    "OBS that is not running": (
        obs_away,
        ("OBS Studio", "bad",
         "Nothing answers at 127.0.0.1:1. Start OBS Studio, switch its WebSocket server on, and check "
         "that the port is the same.", "/dashboard/connections/integrations/{obs}/edit"),
    ),
    "OBS with another password": (
        obs_locked,
        ("OBS Studio", "bad",
         "OBS Studio does not accept the password. Copy it from its WebSocket server settings and save "
         "it here.", "/dashboard/connections/integrations/{obs}/edit"),
    ),
    "a bridge page that is closed": (
        bridge_closed,
        ("Bridge page", "bad",
         "The bridge page is not open. Start OBS, or add the page's address to it as a browser source.",
         "/dashboard/connections/bridge"),
    ),
    "an overlay that is open nowhere": (
        lose(Source, connected=False),
        ("Gaming", "warn", "It is open nowhere. Start OBS, or put its address into OBS as a browser source.",
         "/dashboard/overlays/{overlay}/sources"),
    ),
    "alerts that are paused": (
        lambda house, patch: AlertQueue.objects.create(account=house.account, paused=True),
        ("Alerts", "warn", "Alerts are paused: they wait until somebody lets them go on.", ALERTS),
    ),
    "alerts that are muted": (
        lambda house, patch: AlertQueue.objects.create(account=house.account, muted=True),
        ("Alerts", "warn", "Alerts are muted: nobody hears them.", ALERTS),
    ),
    "the panic button": (
        lambda house, patch: Panic.objects.create(account=house.account, since=timezone.now()),
        ("Alerts", "bad", "The panic button is pressed: alerts are silent and held, and no overlay shows chat. Press "
         "Restore.",
         ALERTS),
    ),
    "popouts that are closed": (
        lambda house, patch: patch.setattr(presence, "open_pages", lambda ids: {one: [] for one in ids}),
        ("Popouts", "warn", "No popout is open, neither in OBS nor elsewhere.", "/dashboard/tokens"),
    ),
    "a token whose maker has left": (
        creator_leaves,
        ("Popout token Desk", "warn",
         "It opens nothing any more: its maker has left or lost the rights to it. Make a new "
         "one.", "/dashboard/tokens/{token}"),
    ),
    "an overlay page that hears nothing": (
        silent(0),
        ("Overlay Gaming", "bad", "OBS on Windows: a silent test event did not arrive. Refresh the browser "
         "source in OBS.",
         "/dashboard/overlays/{overlay}/sources"),
    ),
    "a popout that hears nothing": (
        silent(1),
        ("Popout Events", "warn",
         "OBS on Windows: a silent test event did not arrive. Load the page anew, or close it for "
         "good.", "/dashboard/tokens"),
    ),
    "a page of the dashboard that hears nothing": (
        silent(2),
        ("Dashboard", "warn", "Firefox on Linux: a silent test event did not arrive. Load the page anew.",
         "/dashboard"),
    ),
    "no page at all": (
        lambda house, patch: patch.setattr(echo, "sound", lambda account_id: []),
        ("", "warn", "No page is open that a test event could arrive at: no overlay, no popout, no feed.",
         "/dashboard/tokens"),
    ),
    "no beat": (
        lambda house, patch: Heartbeat.objects.filter(name="beat").update(seen_at=HOUR_AGO),
        ("Schedule", "bad",
         "What is due every minute is not done, so sign-ins run out. Have whoever runs this Lumio start beat.",
         "/readyz"),
    ),
    "no ingest": (
        lambda house, patch: Heartbeat.objects.filter(name="ingest").delete(),
        ("Ingest", "bad",
         "The process that listens to platforms does not run. Have whoever runs this Lumio start ingest.",
         "/readyz"),
    ),
    "no Valkey": (
        lambda house, patch: patch.setattr(health, "ask_valkey", lambda found: found.update(valkey=health.NO_ANSWER)),
        ("Valkey", "bad",
         "Valkey does not answer: pages hear of events late, and tools cannot be controlled. Have whoever runs "
         "this Lumio start it.", "/readyz"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_alone_is_marked_alone(house, monkeypatch, fault):
    break_it, (subject, tone, text, url) = FAULTS[fault]

    break_it(house, monkeypatch)
    found = wrong(house)

    assert [line[:2] for line in found] == [(subject, tone)], found
    [(_, _, said, link)] = found
    before, _, after = text.partition("{time}")
    assert said == text or (after and said.startswith(before) and said.endswith(after))
    places = {
        "obs": Integration.objects.filter(label="OBS Studio").values_list("pk", flat=True).get(),
        "overlay": Overlay.objects.get().pk,
        "token": PopoutToken.objects.order_by("-created_at").first().pk,
    }
    assert link == url.format(**places)


def test_a_sign_in_that_is_about_to_end_is_renewed(house):
    before = house.connection("kick")
    Connection.objects.filter(pk=before.pk).update(expires_at=timezone.now() + timedelta(minutes=5))

    assert wrong(house) == []
    after = house.connection("kick")
    assert after.version == before.version + 1
    assert after.expires_at > timezone.now() + timedelta(minutes=30)


def test_every_kind_has_a_code_of_its_own_and_a_way_to_mend_it():
    apps = (
        preflight_checks.connections,
        preflight_checks.integrations,
        preflight_checks.overlays,
        preflight_checks.tokens,
    )
    kinds = [kind for kinds in (*(app.KINDS for app in apps), preflight_checks.OWN) for kind in kinds]

    assert sorted(preflight_checks.KINDS) == sorted(kind.code for kind in kinds)
    assert [kind.code for kind in kinds if (kind.tone == "good") == bool(kind.action and kind.url)] == []


def test_a_connection_that_waits_for_a_stream_is_well(house):
    house.source(subscriptions_active=0, subscriptions_wanted=0)

    assert wrong(house) == []
    assert "Events arrive as soon as a stream begins." in [line.text for line in looked(house).lines]


def test_what_is_wrong_comes_first(house, monkeypatch):
    FAULTS["no Valkey"][0](house, monkeypatch)

    group, lines = looked(house).groups[0]
    assert (group, lines[0].code) == (Group.LUMIO, "valkey_away")
