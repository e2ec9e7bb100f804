from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Flag, Text, Whole
from integrations.domain import integrations
from integrations.domain.integrations import Changes
from integrations.domain.tokens import LABEL_LENGTH
from integrations.enums import Route, Tool

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from accounts.models import Account
    from integrations.models import Integration


def _port(help_text: StrOrPromise) -> forms.IntegerField:
    ports = integrations.PORTS
    return forms.IntegerField(label=_("Port"), min_value=ports[0], max_value=ports[-1], help_text=help_text)


def _password(help_text: StrOrPromise) -> forms.CharField:
    return forms.CharField(
        label=_("Password"),
        max_length=integrations.PASSWORD_LENGTH,
        required=False,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input input--mono"}),
    )


def _host(help_text: StrOrPromise) -> forms.CharField:
    return forms.CharField(
        label=_("Host / IP"),
        max_length=integrations.HOST_LENGTH,
        required=False,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ToolForm(forms.Form):
    """What both tools have. What is wrong with it is said by `domain.integrations`, the same on every door.

    `row` is the integration that is edited, None for a new one. A password that is saved is kept unless another one is
    typed, or its box is ticked.
    """

    tool: ClassVar[Tool]

    label = forms.CharField(
        label=_("Label"),
        max_length=LABEL_LENGTH,
        help_text=_("What you tell several apart by, for example by the computer they run on."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    forget_password = forms.BooleanField(label=_("Forget the saved password"), required=False)

    def __init__(self, data: Any = None, *, account: Account, row: Integration | None = None) -> None:
        super().__init__(data, initial=self._of(row) if row else self._fresh(account))
        if row is not None and row.has_password:
            self.fields["password"].help_text = _("One is saved. Leave this empty to keep it.")
        else:
            del self.fields["forget_password"]

    @property
    def changes(self) -> Changes:
        """Of a form that is valid."""
        given = self.cleaned_data
        route = self._route()
        return Changes(
            label=given["label"],
            port=given["port"],
            password="" if given.get("forget_password") else given["password"] or None,
            route=route,
            host=given["host"] if route == Route.DIRECT else None,
            endpoint=given.get("endpoint"),
            takes_events=given.get("takes_events"),
        )

    def _route(self) -> Route:
        raise NotImplementedError

    def _fresh(self, account: Account) -> dict[str, Any]:
        """What stands in the form for a new one."""
        return {"label": integrations.free_label(account, self.tool), "port": integrations.DEFAULT_PORTS[self.tool]}

    def _of(self, row: Integration) -> dict[str, Any]:
        """What stands in the form for `row`."""
        return {"label": row.label, "port": row.port, "host": row.host}


class ObsForm(ToolForm):
    tool = Tool.OBS

    port = _port(_("The server port. In OBS: Tools, WebSocket Server Settings."))
    password = _password(
        _("The server password. In OBS: Tools, WebSocket Server Settings, Show Connect Info. It is stored encrypted.")
    )
    remote = forms.BooleanField(
        label=_("Enable remote access"),
        required=False,
        help_text=_("Off for an OBS on your own computer: the bridge page, which runs inside OBS, reaches it there."),
    )
    host = _host(_("The public name or IP address at which OBS can be reached, without ws:// and without the port."))

    field_order = ("label", "port", "password", "forget_password", "remote", "host")

    def _route(self) -> Route:
        return Route.DIRECT if self.cleaned_data["remote"] else Route.BRIDGE

    def _of(self, row: Integration) -> dict[str, Any]:
        is_remote = row.route == Route.DIRECT
        return super()._of(row) | {"remote": is_remote, "host": row.host if is_remote else ""}


class StreamerbotForm(ToolForm):
    tool = Tool.STREAMERBOT

    reach = forms.ChoiceField(
        label=_("Reach it"),
        choices=[(route.value, route.label) for route in (Route.BRIDGE, Route.DIRECT)],
        help_text=_(
            "Through the bridge page if it runs on the computer that OBS runs on. Directly if this Lumio runs there, "
            "too, or in the same network."
        ),
    )
    host = _host(_("127.0.0.1 is the computer that Lumio itself runs on."))
    port = _port(_("In Streamer.bot: Servers/Clients, WebSocket Server."))
    endpoint = forms.CharField(
        label=_("Endpoint"),
        max_length=integrations.ENDPOINT_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input input--mono"}),
    )
    password = _password(_("Only if Authentication is on there. It is stored encrypted."))
    takes_events = forms.BooleanField(
        label=_("Take its events into Lumio"),
        required=False,
        help_text=_("What Streamer.bot tells of appears among the events of your stream."),
    )

    field_order = ("label", "reach", "host", "port", "endpoint", "password", "forget_password", "takes_events")

    def _route(self) -> Route:
        return Route(self.cleaned_data["reach"])

    def _fresh(self, account: Account) -> dict[str, Any]:
        usual = {
            "reach": integrations.default_route(self.tool),
            "host": integrations.BESIDE_THE_BRIDGE,
            "endpoint": "/",
        }
        return super()._fresh(account) | usual

    def _of(self, row: Integration) -> dict[str, Any]:
        given = {"reach": row.route, "endpoint": row.endpoint, "takes_events": row.takes_events}
        return super()._of(row) | given


FORMS: dict[str, type[ToolForm]] = {form.tool.value: form for form in (ObsForm, StreamerbotForm)}


class IntegrationChanges(serializers.Serializer):
    """What is left out stays as it is."""

    label = Text(required=False, max_length=LABEL_LENGTH)  # type: ignore[assignment]  # the base class has one
    route = Text(
        required=False,
        max_length=10,
        help_text="bridge (through the bridge page inside OBS) or direct (this Lumio connects to it).",
    )
    host = Text(required=False, max_length=integrations.HOST_LENGTH, help_text="Only for the route direct.")
    port = Whole(required=False, help_text="Usually 4455 for OBS and 8080 for Streamer.bot.")
    endpoint = Text(required=False, max_length=integrations.ENDPOINT_LENGTH, help_text="Of Streamer.bot; usually /.")
    password = Text(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        max_length=integrations.PASSWORD_LENGTH,
        help_text="Of the WebSocket server. Empty: forget the one that is saved.",
    )
    takes_events = Flag(required=False, help_text="Whether what Streamer.bot tells becomes events.")


class IntegrationInput(IntegrationChanges):
    """What is left out has its usual value."""

    tool = Text(max_length=20, help_text="obs or streamerbot.")


class IntegrationPatch(IntegrationChanges):
    """What is left out stays as it is."""

    is_enabled = Flag(required=False, help_text="false pauses it.")
