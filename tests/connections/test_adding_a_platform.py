"""CONTRIBUTING.md, "How to add a platform": a declaration and a line in the registry are all it takes.

Kettle is a platform that nothing in Lumio has heard of. Its package is the class below; it signs people in at the
simulated Twitch, whose tokens are as good as any.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from connections.domain import grants, refresh
from connections.ingest import wanted_sources
from connections.models import AppCredentials, Connection
from connections.platforms import PLATFORMS
from connections.platforms.base import Identity, OAuthServer, Platform, Scope
from events.enums import Kind, SourceState
from events.ingest.supervisor import Supervisor, Timing
from events.models import Event
from events.types import Person, StreamEvent
from tests import factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET, PAGE, STREAMER, come_back
from tests.waiting import until_db

CONNECT = f"{PAGE}/kettle/connect"


class Kettle(Platform):
    slug = "kettle"
    name = "Kettle"
    icon = "radio"
    used_for = ("chat",)
    console_url = "https://kettle.example/console"
    console_name = "Kettle console"
    steps = ("Open the Kettle console.",)
    traps = ()

    oauth = OAuthServer(site="KETTLE_AUTH_URL", scopes=(Scope("bits:read", "See who is thirsty.", "events"),))

    def identity(self, token, client):
        return Identity(id=STREAMER, login="mira", name="Mira at Kettle")

    async def listen(self, channel_id, outlet, *, grant):
        await grant.access()
        await outlet.health(SourceState.DELIVERING, active=1, wanted=1)
        follower = Person(id="1", login="grace", name="Grace")
        now = datetime.now(UTC)
        await outlet.emit([StreamEvent(Kind.FOLLOW, self.slug, channel_id, "tea-1", now, actor=follower)])
        await asyncio.Event().wait()


@pytest.fixture
def kettle(twitch, monkeypatch, settings):
    settings.KETTLE_AUTH_URL = settings.TWITCH_AUTH_URL
    platform = Kettle()
    monkeypatch.setitem(PLATFORMS, platform.slug, platform)
    twitch.add_app(CLIENT_ID, CLIENT_SECRET, redirect_uris=[platform.redirect_uri])
    return platform


def card(client) -> str:
    """The part of the Connections page that is about Kettle."""
    page = client.get(PAGE).content.decode()
    return page[page.index("Kettle") :]


def test_its_life_from_credentials_to_disconnect(kettle, ada_client, account, twitch):
    assert "Set up app credentials" in card(ada_client)

    saved = ada_client.post(
        f"{PAGE}/credentials/kettle",
        {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "account": str(account.pk)},
    )
    assert saved.status_code == 302
    assert AppCredentials.objects.get().platform == "kettle"

    consent = twitch.consent(ada_client.post(CONNECT).context["url"], user="mira_plays")
    assert come_back(ada_client, consent).url == f"{PAGE}?connected=kettle"
    connection = Connection.objects.get()
    assert (connection.platform, connection.channel_name, connection.scopes) == (
        "kettle",
        "Mira at Kettle",
        ["bits:read"],
    )
    assert "Mira at Kettle" in card(ada_client)
    assert [row["platform"] for row in ada_client.get("/v1/connections").json()["data"]] == ["kettle"]

    refresh.refresh(connection.pk, connection.version)
    assert grants.access(connection.pk).version == connection.version + 1

    ada_client.post(f"{PAGE}/{connection.pk}/disconnect", {"account": str(account.pk)})
    assert not Connection.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_its_events_arrive(kettle, account):
    factories.make_credentials(account=account, platform="kettle")
    connection = factories.make_connection(account=account, platform="kettle", channel_id=STREAMER)

    async def listen_until_something_came():
        supervisor = Supervisor(wanted=wanted_sources, timing=Timing(every=0.05, lease=5, settle=0.01))
        try:
            await supervisor.reconcile()
            await until_db(Event.objects.filter(source=connection.source_key).exists)
        finally:
            await supervisor.close()

    asyncio.run(listen_until_something_came())

    assert Event.objects.get().actor_name == "Grace"
