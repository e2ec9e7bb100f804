"""One house with a known secret of every kind, and all that Lumio says about it: none of them is in there.

What is looked at is found by walking, as in `tests/doors.py`: a new door, model or dataclass is looked at by itself. A
new kind of notification, encrypted field or id in an address fails here until the house has one.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
import json
import re
import sys
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import graphql
import pytest
import redis
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib import admin
from django.core import mail
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.domain import mails, passwords, setup
from accounts.domain.notifications import KINDS
from accounts.models import Account, Notification, SetupCode, User
from accounts.sign_in_urls import second_factor
from connections.bot_admin_urls import urlpatterns as bot_admin
from connections.domain import notices, oauth, vault, webhooks
from connections.enums import Purpose
from connections.models import DiscordBot, Webhook
from connections.platforms import PLATFORMS
from connections.platforms.failures import GrantEnded
from events.domain.publish import publish_local
from events.enums import Kind, Origin
from integrations.domain import bridge
from integrations.domain import notices as tip_notices
from lumio import diagnostics, health
from lumio.celery import app
from lumio.lib.secrets import Secret, digest, new_secret
from lumio.rotation import SEALED
from lumio.schema import schema
from overlays.enums import LayerType
from tests import doors, factories
from tests.accounts.test_audit_log import read_bytes
from tests.automations.made import make_automation, make_run
from tests.fakes.streamelements.state import make_jwt
from tests.test_doors import POSTED

APPS = ("accounts", "automations", "connections", "events", "integrations", "lumio", "overlays", "tokens")
PASSWORD = "correct horse 7Zq battery Xw4"

#: The address at which a platform delivers is shown to whoever may edit connections: it has to be entered there.
SHOWS_WEBHOOKS = {"page /dashboard/connections/credentials", "GET /v1/webhooks"}
#: So is that of the bridge page, which has to be entered in OBS.
SHOWS_BRIDGE = {"page /dashboard/connections/bridge", "GET /v1/bridge"}
#: And those of overlays; the editor frames the preview.
SHOWS_OVERLAYS = {
    "page /dashboard/overlays/<uuid:overlay_id>",
    "page /dashboard/overlays/<uuid:overlay_id>/details",
    "GET /v1/overlays/<uuid:overlay_id>/key",
}
#: Columns that hold what they hold in plain words, and why.
PLAIN = {
    "accounts.User.password": "is Argon2's",
    "connections.Webhook.code": "has to be shown again",
    "sessions.Session.session_key": "is Django's, for an hour to two weeks",
    "usersessions.UserSession.session_key": "is how a session of somebody's is ended",
}


class House:
    """Ada's account with a secret of every kind. `secrets` has them by name, `ids` what stands in addresses."""

    def __init__(self, ada: User, account: Account, owner: Actor) -> None:
        self.owner = owner
        ada.set_password(PASSWORD)
        ada.save()
        self.client = Client(HTTP_HOST="localhost")
        self.client.post("/account/login/", {"login": ada.email, "password": PASSWORD})
        known = self.secrets = {
            "password": PASSWORD,
            "stored password": ada.password,
            "session key": self.client.session.session_key,
            "secret key": django_settings.SECRET_KEY,
            "encryption key": django_settings.LUMIO_ENCRYPTION_KEYS.partition(":")[2],
            "client ID": new_secret(),
            "client secret": new_secret(),
            "JWT": make_jwt("5f00aa11bb22cc33dd44ee55", None),
            "password of OBS": new_secret(),
            "set-up code": new_secret(),
            "Discord bot's token": f"{new_secret(18)}.{new_secret(4)}.{new_secret(28)}",
            "authenticator app": generate_totp_secret(),
        }
        SetupCode.objects.create(digest=digest(known["set-up code"]))
        app = {"client_id": known["client ID"], "client_secret": known["client secret"]}
        for platform in ("twitch", "kick"):
            factories.make_credentials(account=account, platform=platform, **app)
        grants = {purpose: self._grant(account, purpose) for purpose in Purpose}
        tips = factories.make_se_token(account=account, jwt=known["JWT"], expires_at=datetime.now(UTC))
        integration = factories.make_integration(account=account, password=known["password of OBS"])
        known["overlay key"] = new_secret()
        overlay = factories.make_overlay(account=account, key=known["overlay key"])
        known["bridge address"] = bridge.address(account).reveal().rpartition("/")[2]
        bot = DiscordBot(bot_id="1", name="Lumio", application_id="2", checked_at=datetime.now(UTC))
        bot.token_encrypted = vault.seal(bot, "token_encrypted", Secret(known["Discord bot's token"]))
        bot.save()
        TOTP.activate(ada, known["authenticator app"])
        for number, code in enumerate(RecoveryCodes.activate(ada).get_unused_codes()):
            known[f"recovery code {number}"] = code
        sign_in = oauth.begin(actor=owner, platform=PLATFORMS["kick"], session_key=known["session key"])
        known["state"] = parse_qs(urlsplit(sign_in).query)["state"][0]
        webhooks.of_account(owner)
        known["webhook code"] = Webhook.objects.get(platform="kick").code
        link, known["connect link"] = revealed(factories.make_link(actor=owner))
        invitation, known["invitation"] = revealed(factories.make_invitation(actor=owner))
        token, known["popout token"] = revealed(factories.make_token(actor=owner, permissions={"events:read"}))
        known["reset key"] = passwords.new_reset_link(ada.email).key

        # What was said in a chat stays there; it opens nothing any more.
        _, self.leaked = revealed(factories.make_token(actor=owner, permissions={"events:read"}))
        publish_local(
            account.pk, [factories.make_stream_event(kind=Kind.CHAT_MESSAGE, message=self.leaked)], Origin.LIVE
        )
        for grant in grants.values():
            notices.lost(grant, GrantEnded(platform="Twitch"))
        notices.ends_soon(grants[Purpose.CHANNEL])
        tip_notices.broken(tips)
        tip_notices.ends_soon(tips)
        self.ids = {
            "order_id": factories.make_order(account=account).pk,
            "note_id": factories.make_note(account=account).pk,
            "user_id": "2002",
            "account_id": account.pk,
            "connection_id": grants[Purpose.CHANNEL].pk,
            "integration_id": integration.pk,
            "obs_id": integration.pk,
            "streamerbot_id": factories.make_integration(account=account, tool="streamerbot").pk,
            "invitation_id": invitation.pk,
            "link_id": link.pk,
            "member_id": factories.make_member(account=account).pk,
            "notification_id": Notification.objects.first().pk,
            "platform": "twitch",
            "alert_id": factories.make_alert(account=account).pk,
            "overlay_id": overlay.pk,
            "goal_id": factories.make_goal(overlay=overlay).pk,
            "timer_id": factories.make_layer(overlay=overlay, type=LayerType.TIMER).pk,
            "upload_id": (upload := factories.make_upload(account=account)).pk,
            "file": upload.file,
            "automation_id": make_automation(account=account).pk,
            "run_id": make_run(account=account).pk,
            "preflight_id": factories.make_preflight(account=account).pk,
            "role_id": factories.make_role(account=account, permissions={"chat:read"}).pk,
            "se_token_id": tips.pk,
            "seq": factories.make_event(account=account).seq,
            "token_id": token.pk,
            "tool": "obs",
        }

    def _grant(self, account: Account, purpose: Purpose) -> Any:
        """Over, so that no door asks the platform."""
        access, refresh = (new_secret() for _ in range(2))
        self.secrets |= {f"access token of the {purpose}": access, f"refresh token of the {purpose}": refresh}
        return factories.make_connection(
            account=account,
            purpose=purpose,
            channel_id=purpose,
            access_token=access,
            refresh_token=refresh,
            state="needs_sign_in",
            failure_code="grant_ended",
            grant_ends_at=datetime.now(UTC) + timedelta(days=1),
        )

    def code_in(self, address: str) -> str:
        """What stands for the code in an address of this beginning."""
        names = {"/connect/": "connect link", "/setup/": "set-up code", "/account/": "reset key"}
        return self.secrets[next((name for start, name in names.items() if address.startswith(start)), "invitation")]

    def found(self, text: str) -> set[str]:
        """The names of the secrets that a text holds, whole or as their digest."""
        return {name for name, value in self.secrets.items() if value in text or digest(value) in text}


def revealed(made: tuple[Any, Secret]) -> tuple[Any, str]:
    row, secret = made
    return row, secret.reveal()


@pytest.fixture
def house(ada: User, account: Account, ada_actor: Actor) -> House:
    return House(ada, account, ada_actor)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """`repr()` and `str()` of every instance of a dataclass of ours that is made during the test."""
    texts: set[str] = set()

    def noting(original: Callable[..., None]) -> Callable[..., None]:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            texts.add(f"{self!r} {self!s}")

        return __init__

    for name, module in list(sys.modules.items()):
        for found in list(vars(module).values()) if name.partition(".")[0] in APPS else ():
            if isinstance(found, type) and dataclasses.is_dataclass(found) and found.__module__ == name:
                monkeypatch.setattr(found, "__init__", noting(found.__init__))
    return texts


# --- Doors ------------------------------------------------------------------------------------------------------------


def text_of(response: HttpResponse) -> str:
    """All of an answer but its cookies; archives unpacked."""
    content = read_bytes(response) if response.streaming else response.content
    if response.headers.get("Content-Type") == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    return f"{response.headers}\n{content.decode()}"


def readable() -> Iterator[tuple[str, str]]:
    """Name and route of every address that is looked at: ours and those of libraries."""
    for door in doors.urls():
        kind, route = door.name.split()
        if kind in {"page", "GET"} and door.name not in POSTED:
            yield door.name, route
    for route in doors.OF_LIBRARIES:
        yield route, route
    for pattern in second_factor:
        yield f"/account/2fa/{pattern.pattern}", f"/account/2fa/{pattern.pattern}"


def address(house: House, route: str) -> str:
    """The route with the house's ids in it."""
    route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", route).replace("^", "").replace("$", "")
    known = {**house.ids, "code": house.code_in(route), "key": house.secrets["reset key"], "uidb36": "1", "pk": 1}
    known["secret"] = house.secrets["bridge address"]
    return re.sub(r"<\w+:(\w+)>", lambda match: str(known[match[1]]), route)


@pytest.mark.django_db(transaction=True)  # downloads read in threads of their own
def test_no_page_answer_or_download_holds_one_and_nothing_made_for_it_prints_one(
    printed, ada, account, ada_actor, monkeypatch
):
    monkeypatch.setattr(setup, "is_claimed", lambda: False)
    house = House(ada, account, ada_actor)

    answers = {}
    for name, route in readable():
        asked = address(house, route)
        # What stands in the address is known to whoever sent it.
        answers[name] = house.found(text_of(house.client.get(asked))) - house.found(asked)

    shown = {name: found for name, found in answers.items() if found}
    assert shown == {
        **{name: {"webhook code"} for name in SHOWS_WEBHOOKS},
        **{name: {"bridge address"} for name in SHOWS_BRIDGE},
        **{name: {"overlay key"} for name in SHOWS_OVERLAYS},
    }
    assert house.client.get("/dashboard").status_code == 200, "whoever looked is signed in all the while"
    assert len(printed) > 100
    assert [text for text in printed if house.found(text)] == []


def selection(kind: Any, above: tuple[str, ...] = ()) -> str:
    """Every field below an output type that needs no argument; nothing twice on the way down."""
    kind = graphql.get_named_type(kind)
    if graphql.is_leaf_type(kind):
        return ""
    below = {
        name: selection(field.type, (*above, kind.name))
        for name, field in kind.fields.items()
        if graphql.get_named_type(field.type).name not in above
        and not any(graphql.is_required_argument(argument) for argument in field.args.values())
    }
    return f"{{ {' '.join(f'{name} {deeper}' for name, deeper in below.items())} }}"


#: Fields of GraphQL that tell the same as the doors of SHOWS_….
SHOWN_BY_FIELDS = {
    "webhooks": {"webhook code"},
    "bridge": {"bridge address"},
    "overlayAddress": {"overlay key"},
}


def test_no_answer_of_graphql_holds_one(house):
    query_type = schema.graphql_schema.query_type
    known = {"seq": house.ids["seq"], "code": house.secrets["invitation"], "platform": "twitch", "userId": "2002"}
    known |= {"integration": str(house.ids["obs_id"]), "scene": "Live", "overlayId": str(house.ids["overlay_id"])}
    own = {"chatOrder": "order_id", "integration": "integration_id", "streamerbotActions": "streamerbot_id"}
    own |= {"alert": "alert_id", "overlayGoal": "goal_id", "overlayTimer": "timer_id"}
    own |= {"automation": "automation_id", "automationRuns": "automation_id", "automationRun": "run_id"}
    own |= {"preflight": "preflight_id", "popoutToken": "token_id", "seToken": "se_token_id", "role": "role_id"}
    own |= {"invite": "invitation_id", "channelConnection": "connection_id", "connectLink": "link_id"}
    own |= {"upload": "upload_id", **dict.fromkeys(("overlay", "overlaySources", "overlayAddress"), "overlay_id")}
    ids = defaultdict(lambda: "member_id", own)

    for name, field in query_type.fields.items():
        needed = [key for key, argument in field.args.items() if graphql.is_required_argument(argument)]
        own_id = house.ids[ids[name]]
        asked = known | {"id": own_id if isinstance(own_id, int) else str(own_id)}
        arguments = ", ".join(f"{key}: {json.dumps(asked[key])}" for key in needed)
        query = f"{{ {name}{f'({arguments})' if arguments else ''} {selection(field.type)} }}"
        response = house.client.post("/v1/gql", {"query": query}, content_type="application/json")

        # Nobody connected Spotify, and no bridge page is open.
        assert ("errors" in response.json()) == (name in {"musicDevices", "obsScreenshot", "streamerbotActions"}), name
        shown = house.found(text_of(response)) - house.found(query)
        assert shown == SHOWN_BY_FIELDS.get(name, set()), name


def test_no_page_of_the_operator_holds_one(house):
    operator = Client(HTTP_HOST="localhost")
    operator.force_login(factories.make_user(is_staff=True, is_superuser=True))
    pages = ["/admin/", "/admin/health/", *(f"/admin/bots/{pattern.pattern}" for pattern in bot_admin)]
    for model in admin.site._registry:
        named = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages.append(reverse(f"{named}_changelist"))
        for row in model._default_manager.all():
            pages += [reverse(f"{named}_change", args=[row.pk]), reverse(f"{named}_history", args=[row.pk])]

    for page in pages:
        response = operator.get(re.sub("<slug:platform>", "twitch", page))

        assert response.status_code in {200, 302}, page
        assert house.found(text_of(response)) == set(), page


def test_no_bundle_for_a_bug_report_holds_one(house, monkeypatch):
    monkeypatch.setattr(health, "TIME_LIMIT", 0.1)

    told = json.dumps(diagnostics.collect(), default=str)

    assert house.found(told) == set()


# --- Errors -----------------------------------------------------------------------------------------------------------


def test_no_page_about_an_error_holds_one(house, client, monkeypatch, caplog):
    def broken(*args: Any, **kwargs: Any) -> None:
        everything = dict(house.secrets)
        raise RuntimeError(everything["popout token"])

    monkeypatch.setattr("lumio.views.first_steps.left", broken)
    monkeypatch.setattr("tokens.rest.access.get_token", broken)
    _, lacking = revealed(factories.make_token(actor=house.owner, permissions={"chat:read"}))
    house.secrets["token without the right"] = lacking
    token, other = house.secrets["popout token"], str(factories.make_account().pk)
    viewer = Client(HTTP_HOST="localhost", raise_request_exception=False)
    viewer.force_login(factories.make_member(account=house.owner.account, role="viewer").user)
    house.client.raise_request_exception = False
    tokens = f"/v1/tokens/{house.ids['token_id']}"

    answers = [
        (404, client.get(f"/popout/{token}?token={token}")),
        (404, client.get(f"/v1/{token}?token={token}")),
        (404, client.get(f"/nowhere/{token}")),
        (302, client.get(f"/dashboard/tokens?token={token}")),
        (
            302,
            client.post(
                f"/dashboard/tokens/new?token={token}", headers={"referer": f"http://localhost/?token={token}"}
            ),
        ),
        (401, client.get(f"/popout/events?token={house.leaked}")),
        (403, client.get(f"/popout/events?token={lacking}")),
        (403, client.get(f"/v1/events?token={lacking}")),
        (403, viewer.get("/dashboard/connections/credentials")),
        (405, client.post(f"/popout/events?token={token}")),
        (409, house.client.post("/dashboard/tokens/new", {"account": other, "label": token})),
        (500, house.client.get("/dashboard")),
        (500, house.client.get(tokens)),
    ]

    assert [response.status_code for _, response in answers] == [status for status, _ in answers]
    assert [house.found(text_of(response)) for _, response in answers] == [set()] * len(answers)


# --- What is kept and sent --------------------------------------------------------------------------------------------


def rows() -> Iterator[Model]:
    for model in apps.get_models():
        yield from model._base_manager.all()


#: Django's own; nothing prints them.
PRINTED_BARE = {"sessions.Session"}


def test_the_house_has_a_row_behind_every_encrypted_field(house):
    assert [kind.title for kind in SEALED if not list(kind.batches(1))] == []


def test_no_row_says_one_when_it_is_printed(house):
    assert {row._meta.label for row in rows() if house.found(f"{row!r} {row!s}")} == PRINTED_BARE


def test_none_is_stored_as_it_is(house):
    """Neither in any column nor in Valkey, but for those that the table names."""
    shown = set()
    for row in rows():
        for field in row._meta.concrete_fields:
            value = field.value_from_object(row)
            text = (
                bytes(value).decode("latin-1")
                if isinstance(value, bytes | memoryview)
                else json.dumps(value, default=str)
            )
            if any(secret in text for secret in house.secrets.values()):
                shown.add(f"{row._meta.label}.{field.name}")
    valkey = redis.Redis.from_url(django_settings.REDIS_URL)
    kept = [key.decode() + str(valkey.get(key)) for key in valkey.scan_iter() if valkey.type(key) == b"string"]

    assert shown == set(PLAIN)
    assert [text for text in kept if house.found(text)] == []


def test_no_task_is_told_anything():
    """What is queued lies in Valkey and is logged when it fails; tasks look up what they need in the database. Two are
    told the id of a row."""
    app.autodiscover_tasks(APPS, force=True)
    ours = {name: task for name, task in app.tasks.items() if name.partition(".")[0] in APPS}

    assert len(ours) > 10
    told = {name: list(inspect.signature(task.run).parameters) for name, task in ours.items()}
    assert {name: parameters for name, parameters in told.items() if parameters} == {
        "automations.tasks.work": ["run_id"],
        "lumio.tasks.run_preflight": ["preflight_id"],
    }


def test_no_notification_and_no_mail_holds_one(house, settings):
    settings.LUMIO_SENDS_MAIL, settings.DEFAULT_FROM_EMAIL = True, "Lumio <lumio@example.com>"
    said = {row.code: row.params for row in Notification.objects.all()}
    sentences = [str(KINDS[code].text(params)) + KINDS[code].url(params) for code, params in said.items()]
    mails.send_due()

    assert set(said) == set(KINDS)
    assert [text for text in sentences if house.found(text)] == []
    assert [one for one in mail.outbox if house.found(str(one.message()))] == []
