"""What most journeys begin with, done inside of Lumio (`Lumio.inside`): as its pages do it, but without a browser."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.actor import Actor
from accounts.authentication import actor_of_member
from accounts.domain import notifications, setup
from accounts.models import Account, Member, Notification
from connections.domain import credentials, notices, oauth
from connections.enums import Purpose
from connections.platforms import PLATFORMS
from connections.platforms.failures import GrantRevoked
from events.domain import thanks
from events.domain.publish import publish_local
from events.enums import Kind, Origin
from events.types import Person
from integrations.domain import results
from integrations.enums import Trigger
from integrations.tools.failures import NotRunning
from overlays.domain import overlays, uploads
from overlays.domain.overlays import Changes
from overlays.enums import LayerType
from tests import factories
from tests.automations.made import CHAT, make_automation, make_run, wait
from tests.factories import make_stream_event
from tests.overlays.media import picture


def claim(account_name: str, email: str, password: str) -> str:
    """Claim a fresh instance; the key of that person's session."""
    user = setup.claim(code=setup.new_setup_code(), email=email, password=password, account_name=account_name)
    browser = Client()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def connect(session_key: str, slug: str, client_id: str, client_secret: str, login: str) -> None:
    """Save the owner's app credentials, and link the channel of somebody at a stand-in, who allows everything."""
    actor = actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))
    credentials.save(actor=actor, platform=PLATFORMS[slug], client_id=client_id, client_secret=client_secret)
    sign_in(actor, slug, session_key, login)


def sign_in(actor: Actor, slug: str, session_key: str, login: str, purpose: Purpose = Purpose.CHANNEL) -> None:
    """Link the channel, or the bot, of somebody at a stand-in, who allows everything."""
    platform = PLATFORMS[slug]
    url = oauth.begin(actor=actor, platform=platform, session_key=session_key, purpose=purpose)
    decision = {"login": login, "decision": "allow", "granted": parse_qs(urlsplit(url).query)["scope"][0].split()}
    back = requests.post(url, data=decision, allow_redirects=False, timeout=10).headers["Location"]
    answer = oauth.answer_of(dict(parse_qsl(urlsplit(back).query)))
    oauth.finish(actor=actor, platform=platform, session_key=session_key, answer=answer)


def have_events(number: int) -> None:
    """So many follows, of viewer_0, viewer_1, …"""
    account = Account.objects.get(is_instance=False)
    for index in range(number):
        factories.make_event(account=account, origin=Origin.LIVE, actor=Person(id=str(index), name=f"viewer_{index}"))


def thank(seq: int) -> None:
    """The owner ticks that somebody was thanked."""
    owner = actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))
    thanks.tick(actor=owner, seq=seq, thanked=True)


def furnish() -> None:
    """Something on every page: events and chat, a moderator, an invitation, a token, a notification, a picture on an
    overlay, an alert, an automation and what it did."""
    account = Account.objects.get(is_instance=False)
    owner = actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))
    shown = uploads.add(actor=owner, file=BytesIO(picture()), size=len(picture()), name="Wave.png")
    overlay = overlays.create(actor=owner, wanted=Changes(name="Gaming"), preset="full")
    factories.make_layer(overlay=overlay, type=LayerType.IMAGE, config={"picture": str(shown.pk)})
    have_events(3)
    for index in range(3):
        factories.make_event(
            account=account, kind=Kind.CHAT_MESSAGE, origin=Origin.LIVE, message=f"line {index}",
            actor=Person(id=str(index), login=f"viewer_{index}", name=f"viewer_{index}"),
        )  # fmt: skip
    have_moderator("ben@example.com", "correct horse battery staple")
    factories.make_token(actor=owner, permissions={"events:read"})
    factories.make_invitation(actor=owner)
    obs = factories.make_integration(account=account)
    step = {"integration": str(obs.pk), "act": "scene.program", "arguments": {"scene": "Live"}}
    steps = [{"type": "obs", "config": step}, CHAT, wait(2)]
    automation = make_automation(account=account, name="Welcome", steps=steps, enabled=False)
    make_run(account=account, automation=automation, name="Welcome", steps=steps, state="done", ended_at=timezone.now())
    results.record(obs.pk, trigger=Trigger.TEST, failure=NotRunning(tool="OBS Studio", address=obs.address))
    notices.lost(account.connections.get(), GrantRevoked(platform="Twitch"))


def notify_more(number: int) -> None:
    """So many notifications like the first, of channels with longer and longer names."""
    first = Notification.objects.get()
    for index in range(number):
        params = first.params | {"name": "W" * 20 * index}
        notifications.notify(first.account, first.code, subject=f"connection:{index}", params=params)


def have_moderator(email: str, password: str) -> str:
    """Ben moderates in the account; the id of its connection to Twitch."""
    account = Account.objects.get(is_instance=False)
    factories.make_member(account=account, user=factories.make_user(email=email, name="Ben", password=password))
    return str(account.connections.get(platform="twitch").pk)


def popout_token(*permissions: str) -> str:
    """A popout token of the owner with these permissions."""
    actor = actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))
    _, secret = factories.make_token(actor=actor, permissions=frozenset(permissions), label="Chat")
    return secret.reveal()


def say(number: int) -> None:
    """So many messages come into the log of the account at once."""
    account = Account.objects.get(is_instance=False)
    juno = Person(id="2002", login="juno", name="Juno")
    said = [make_stream_event(kind=Kind.CHAT_MESSAGE, message=f"missed {n}.", actor=juno) for n in range(number)]
    publish_local(account.pk, said, Origin.LIVE)
