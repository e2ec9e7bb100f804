"""OBS and Streamer.bot as an account has them set up: adding, listing, editing, switching and removing them.

Passwords are write-only: nothing ever gives one back. Trying to reach a tool is `domain.testing`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from accounts.models import Account
from events.domain import sources
from integrations.domain import access, dependents, live, notices, obs, results, vault
from integrations.domain.tokens import LABEL_LENGTH, LabelTooLong
from integrations.enums import Route, Tool, Trigger
from integrations.models import Bridge, Integration, IntegrationResult
from integrations.tools.failures import ToolFailure, stored
from lumio.lib import network, secrets
from lumio.lib.errors import Refusal
from lumio.lib.labels import free, one_line
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from accounts.actor import Actor
    from integrations.domain.live import Link

#: Of one account. Each holds a connection open.
MOST_INTEGRATIONS = 20
PORTS = range(1, 65_536)
PASSWORD_LENGTH = 500
HOST_LENGTH = 255
ENDPOINT_LENGTH = 200
#: Where the bridge page looks for a tool: on the computer that it runs on.
BESIDE_THE_BRIDGE = "127.0.0.1"
DEFAULT_PORTS = {Tool.OBS: 4455, Tool.STREAMERBOT: 8080}


class NoSuchTool(Refusal):
    code = "no_such_tool"
    status = 422
    sentence = _("Choose what to add: OBS Studio (obs) or Streamer.bot (streamerbot).")


class NoSuchRoute(Refusal):
    code = "no_such_route"
    status = 422
    sentence = _("Choose how Lumio reaches it: through the bridge page (bridge) or directly (direct).")


class LabelTaken(Refusal):
    code = "label_taken"
    status = 409
    sentence = _("There is one called {label} already. Choose another label, so that you can tell them apart.")


class BadPort(Refusal):
    code = "bad_port"
    status = 422
    sentence = _("A port is a number from 1 to 65535. The WebSocket server settings of the program show it.")


class HostMissing(Refusal):
    code = "host_missing"
    status = 422
    sentence = _("Enter the public name or IP address at which the computer can be reached from the internet.")


class BadHost(Refusal):
    code = "bad_host"
    status = 422
    sentence = _("Enter a name or an IP address alone: without ws://, without a port and without spaces.")


class OnlyBesideTheBridge(Refusal):
    code = "only_beside_the_bridge"
    status = 422
    sentence = _(
        "The bridge page reaches nothing but the computer that it runs on. Leave the host at 127.0.0.1, or have Lumio "
        "reach it directly."
    )


class BadEndpoint(Refusal):
    code = "bad_endpoint"
    status = 422
    sentence = _("An endpoint is a path such as / and has {limit} characters at most.")


class PasswordTooLong(Refusal):
    code = "password_too_long"
    status = 422
    sentence = _("A password has {limit} characters at most.")


class PasswordOfAnotherHost(Refusal):
    code = "password_of_another_host"
    status = 422
    sentence = _("The saved password is for the host that stood here, and goes to no other. Enter the password again.")


class NotASettingOfObs(Refusal):
    code = "not_a_setting_of_obs"
    status = 422
    sentence = _("Only Streamer.bot has an endpoint and events to take. Leave both out for OBS.")


class TooManyIntegrations(Refusal):
    code = "too_many_integrations"
    status = 409
    sentence = _("An account has {limit} integrations at most. Remove one that you do not need.")


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to be set; None leaves it as it is. An empty password forgets the one that is saved."""

    label: str | None = None
    route: str | None = None
    host: str | None = None
    port: int | None = None
    endpoint: str | None = None
    password: str | None = field(default=None, repr=False)
    takes_events: bool | None = None


@dataclass(frozen=True)
class Listed:
    """An integration as one looks at it. `link` is what its connection is like now, None where nobody speaks for it;
    `results` are the newest first; `used_by` are the names of what fails in part once this is removed."""

    row: Integration
    link: Link | None
    results: list[IntegrationResult]
    used_by: list[str] = field(default_factory=list)

    @property
    def tool(self) -> str:
        return Tool(self.row.tool).label

    @property
    def short_name(self) -> str:
        return Tool(self.row.tool).short

    @property
    def is_local(self) -> bool:
        """Whether the bridge page reaches it."""
        return self.row.route == Route.BRIDGE

    @property
    def has_test(self) -> bool:
        """Whether a person is offered to test it: a local OBS is tested by its bridge page, over and over."""
        return not (self.is_local and self.row.tool == Tool.OBS)

    @property
    def state(self) -> str:
        """off, silent (nobody speaks for it), or what `live.Link` says."""
        if not self.row.is_enabled:
            return "off"
        return self.link["state"] if self.link else "silent"

    @property
    def is_connected(self) -> bool:
        return self.state in ("connected", "limited")

    @property
    def failure(self) -> ToolFailure | None:
        found = self.link.get("failure") if self.link else None
        return stored(found["code"], found["params"]) if found and self.row.is_enabled else None

    @property
    def trouble(self) -> str:
        """What is wrong with the connection, in the language of now."""
        return self.failure.text if self.failure else ""

    @property
    def is_open_to_anybody(self) -> bool:
        """Whether the tool asked for no password."""
        return bool(self.row.is_enabled and self.link and not self.link.get("is_protected", True))

    @property
    def tone(self) -> Literal["ok", "warn", "bad", "neutral"]:
        if self.failure:
            return "bad" if self.failure.is_final else "warn"
        if self.state in ("off", "silent", "connecting"):
            return "neutral"
        return "warn" if self.state == "limited" or self.is_open_to_anybody else "ok"

    @property
    def waits_for_bridge(self) -> bool:
        """Whether nothing can be said of it because no bridge page is open, as far as anybody knows."""
        return self.is_local and self.state == "silent"

    @property
    def result(self) -> IntegrationResult | None:
        """The newest one."""
        return self.results[0] if self.results else None

    @property
    def tested(self) -> IntegrationResult | None:
        """The newest one if a person asked for it, and nothing has come of the connection itself since."""
        return self.result if self.result and self.result.trigger == Trigger.TEST else None


def listing(actor: Actor, *, with_uses: bool = False) -> list[Listed]:
    """Oldest first. One query, and what `dependents` ask if somebody wants to know."""
    actor.require(Permission.CONNECTIONS_READ)
    rows = results.beside(Integration.objects.filter(account=actor.account))
    links = live.links(actor.account.pk) if rows else {}
    users = dependents.of(actor.account) if rows and with_uses else {}
    return [Listed(row, links.get(row.pk), found, users.get(row.pk, [])) for row, found in rows]


def listed(row: Integration) -> Listed:
    """One of them."""
    found = results.latest([row.pk]).get(row.pk, [])
    return Listed(row, live.links(row.account_id).get(row.pk), found, dependents.of(row.account).get(row.pk, []))


def fingerprint(shown: list[Listed]) -> str:
    """Changes with everything that the list shows, so that a look-up that finds nothing new can say so."""
    return secrets.fingerprint([_seen(one) for one in shown])


def _seen(one: Listed) -> tuple[Any, ...]:
    link: Link = one.link or {}
    # A few milliseconds more or less are not worth redrawing anything.
    latency = (link.get("latency_ms") or 0).bit_length()
    newest = one.result.pk if one.result else None
    return (one.row.pk, one.row.revision, one.state, one.trouble, link.get("version"), one.tone, latency, newest)


def free_label(account: Account, tool: Tool) -> str:
    """The name of the tool, with a number if there is one called so."""
    taken = set(Integration.objects.filter(account=account).values_list("label", flat=True))
    return free(tool.label, taken, LABEL_LENGTH)


def default_route(tool: Tool) -> Route:
    """Where Lumio may reach private addresses, a Streamer.bot is most likely on the same computer or network."""
    is_near = tool == Tool.STREAMERBOT and settings.LUMIO_ALLOW_PRIVATE_HOSTS
    return Route.DIRECT if is_near else Route.BRIDGE


@transaction.atomic
def add(*, actor: Actor, tool: str, wanted: Changes) -> Listed:
    """Set up a tool that Lumio connects to from now on. What is left out has its usual value."""
    actor.require(Permission.CONNECTIONS_CREATE)
    if tool not in Tool.values:
        raise NoSuchTool
    tool = Tool(tool)
    row = Integration(account=actor.account, tool=tool, created_by=actor.user)
    row.port, row.route = DEFAULT_PORTS[tool], default_route(tool)
    _apply(row, wanted)
    actor.account.take_turns()
    if Integration.objects.filter(account=actor.account).count() >= MOST_INTEGRATIONS:
        raise TooManyIntegrations(limit=MOST_INTEGRATIONS)
    row.label = row.label or free_label(actor.account, tool)
    _check_label(row)
    row.save(force_insert=True)
    record(actor, Action.INTEGRATION_ADDED, row, after=_facts(row))
    notices.integration_changed(row)
    return Listed(row, None, [])


@transaction.atomic
def edit(*, actor: Actor, integration: Integration, wanted: Changes) -> Integration:
    """Set it up otherwise. Whoever holds its connection begins anew.

    A saved password follows it to no other host, where whoever listens would get the answer to a challenge of theirs.
    """
    actor.require(Permission.CONNECTIONS_EDIT)
    actor.account.take_turns()
    row = access.get_integration(actor, integration.pk, Permission.CONNECTIONS_EDIT)
    before, host = _facts(row), row.host
    _apply(row, wanted)
    if row.route == Route.DIRECT and row.host != host and row.has_password and wanted.password is None:
        raise PasswordOfAnotherHost
    row.label = row.label or before["label"]
    _check_label(row)
    after = _facts(row)
    if wanted.password and before["password"] == "saved":  # noqa: S105  a word for the log
        after["password"] = "changed"  # noqa: S105
    if before == after:
        return row
    changed = [name for name in after if after[name] != before[name]]
    _store(row)
    record(
        actor,
        Action.INTEGRATION_CHANGED,
        row,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return row


@transaction.atomic
def switch(*, actor: Actor, integration: Integration, on: bool) -> Integration:
    """Pause it without deleting it, or have it go on."""
    actor.require(Permission.CONNECTIONS_EDIT)
    actor.account.take_turns()
    row = access.get_integration(actor, integration.pk, Permission.CONNECTIONS_EDIT)
    if row.is_enabled == on:
        return row
    row.is_enabled = on
    _store(row)
    record(actor, Action.INTEGRATION_SWITCHED, row, after={"enabled": on})
    return row


@transaction.atomic
def remove(*, actor: Actor, integration: Integration) -> None:
    """Forget it, its password and its results. Whoever holds its connection ends it."""
    actor.require(Permission.CONNECTIONS_DELETE)
    actor.account.take_turns()
    row = Integration.objects.filter(account=actor.account, pk=integration.pk).first()
    if row is None:
        return
    record(actor, Action.INTEGRATION_REMOVED, row, before=_facts(row))
    sources.remove(row.source_key)
    notices.integration_changed(row)
    row.delete()
    if row.tool == Tool.OBS:
        transaction.on_commit(partial(obs.gone, integration))


def remove_all(account: Account) -> None:
    """For an account that is being closed: nothing of it is connected to from now on, and nothing secret stays."""
    Integration.objects.filter(account=account).delete()
    Bridge.objects.filter(account=account).delete()
    notices.integrations_gone(account.pk)


def _store(row: Integration) -> None:
    row.revision += 1
    row.save()
    notices.integration_changed(row)


def _apply(row: Integration, wanted: Changes) -> None:
    """Put `wanted` into the row, unsaved, or raise what is wrong with it."""
    if row.tool == Tool.OBS and (wanted.takes_events or wanted.endpoint not in (None, "", "/")):
        raise NotASettingOfObs
    if wanted.label is not None:
        row.label = _label(wanted.label)
    if wanted.port is not None:
        row.port = _port(wanted.port)
    if wanted.endpoint is not None:
        row.endpoint = _endpoint(wanted.endpoint)
    if wanted.takes_events is not None:
        row.takes_events = wanted.takes_events
    if wanted.password is not None:
        row.password_encrypted = _sealed(row, wanted.password)
    _place(row, wanted)


def _place(row: Integration, wanted: Changes) -> None:
    """Where it is reached, and by whom."""
    was_direct = row.route == Route.DIRECT and not row._state.adding
    if wanted.route is not None:
        if wanted.route not in Route.values:
            raise NoSuchRoute
        row.route = Route(wanted.route)
    if row.route == Route.BRIDGE:
        if (wanted.host or BESIDE_THE_BRIDGE).strip() not in (BESIDE_THE_BRIDGE, "localhost"):
            raise OnlyBesideTheBridge
        row.host = BESIDE_THE_BRIDGE
    elif wanted.host is not None:
        row.host = _host(wanted.host)
    elif row.tool == Tool.OBS and not was_direct:
        raise HostMissing


def _label(text: str) -> str:
    label = one_line(text)
    if len(label) > LABEL_LENGTH:
        raise LabelTooLong(limit=LABEL_LENGTH)
    return label


def _check_label(row: Integration) -> None:
    if Integration.objects.filter(account=row.account, label=row.label).exclude(pk=row.pk).exists():
        raise LabelTaken(label=row.label)


def _port(number: int) -> int:
    if number not in PORTS:
        raise BadPort
    return number


def _host(text: str) -> str:
    """As `lumio.lib.network` takes it; whether it may be connected to is asked there, each time."""
    host = text.strip().removeprefix("[").removesuffix("]")
    if not host:
        raise HostMissing
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        is_name = network.NAME.fullmatch(host.encode("idna").decode())
    except UnicodeError:
        is_name = None
    if not is_name or len(host) > HOST_LENGTH:
        raise BadHost
    return host


def _endpoint(text: str) -> str:
    endpoint = "/" + text.strip().removeprefix("/")
    if len(endpoint) > ENDPOINT_LENGTH or not endpoint.isascii() or any(not "!" <= sign <= "~" for sign in endpoint):
        raise BadEndpoint(limit=ENDPOINT_LENGTH)
    return endpoint


def _sealed(row: Integration, password: str) -> bytes | None:
    # A line break comes along when one copies it, and no password has one.
    password = password.strip("\r\n")
    if len(password) > PASSWORD_LENGTH:
        raise PasswordTooLong(limit=PASSWORD_LENGTH)
    return vault.seal_password(row, Secret(password)) if password else None


def _facts(row: Integration) -> dict[str, Any]:
    """What the audit log says of it."""
    facts: dict[str, Any] = {
        "label": row.label,
        "route": row.route,
        "address": row.address,
        "password": "saved" if row.has_password else "none",
    }
    if row.tool == Tool.STREAMERBOT:
        facts |= {"endpoint": row.endpoint, "takes_events": row.takes_events}
    return facts
