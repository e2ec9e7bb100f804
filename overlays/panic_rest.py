"""REST: the panic button. A popout token presses it too, for keys of stream decks (docs/users/panic.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from accounts.answers import Flag, Text, Time, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from integrations.obs.acts import NAME_LENGTH
from overlays.domain import panic
from overlays.enums import SceneState

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class SafeSceneOut(serializers.Serializer):
    """An OBS that the panic button switches."""

    integration = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # the base class has a property of that name
    scene = serializers.CharField(help_text="What it shows while the button is pressed.")
    state = serializers.CharField(help_text=f"One of {', '.join(SceneState.values)}.")
    code = serializers.CharField(allow_blank=True, help_text="Why it failed.")
    detail = serializers.CharField(allow_blank=True, help_text="A sentence about the state.")


class PanicOut(serializers.Serializer):
    on = serializers.BooleanField()
    since = Time(allow_null=True)
    by = serializers.CharField(allow_blank=True, help_text="Who pressed it.")
    scenes = SafeSceneOut(many=True)


class PanicInput(serializers.Serializer):
    on = Flag(help_text="Sending what is so already changes nothing, and asks again each OBS that failed.")


class SafeSceneInput(serializers.Serializer):
    integration = Text(max_length=40)
    scene = Text(max_length=NAME_LENGTH, trim_whitespace=False)


class PanicSettingsInput(serializers.Serializer):
    scenes = SafeSceneInput(many=True, help_text="All of them: an OBS that is not named is not switched any more.")


class PanicButton(ApiView):
    gates: ClassVar = {
        "GET": Permission.EVENTS_READ,
        "POST": Permission.EVENTS_CREATE,
        "PATCH": Permission.OVERLAYS_EDIT,
    }
    refusals: ClassVar = {"PATCH": panic.SETTINGS}

    @extend_schema(responses=PanicOut)
    def get(self, request: Request) -> Response:
        """Whether it is pressed, since when and by whom, and what could not be done."""
        return self.answer(request)

    @extend_schema(request=PanicInput, responses=PanicOut)
    def post(self, request: Request) -> Response:
        """Press it, or restore what was before."""
        panic.press(self.actor, on=sent(PanicInput, request)["on"])
        return self.answer(request)

    @extend_schema(request=PanicSettingsInput, responses=PanicOut)
    def patch(self, request: Request) -> Response:
        """Choose which OBS it switches, and to which scene. Takes `obs:edit`, too."""
        scenes = sent(PanicSettingsInput, request)["scenes"]
        panic.change(self.actor, [(one["integration"], one["scene"]) for one in scenes])
        return self.answer(request)

    def answer(self, request: Request) -> Response:
        return envelope(request, PanicOut(panic.shown(self.actor)).data)
