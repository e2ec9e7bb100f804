"""REST: overlays with their layers, their addresses, what has them open, their goals and timers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.answers import Time, Whole, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from overlays import presets
from overlays.domain import access, goals, layers, overlays, sources, timers
from overlays.domain.overlays import Changes
from overlays.enums import LayerType
from overlays.overlay_forms import OverlayInput, OverlayPatch, TimerIn
from overlays.overlay_shown import shown, shown_goal, shown_timer

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from lumio.lib.errors import Refusal

SETTINGS: tuple[type[Refusal], ...] = (
    overlays.NameTooLong,
    overlays.NameTaken,
    overlays.BadSize,
    overlays.BadBackground,
    overlays.NoSuchLanguage,
)
LAYERS: tuple[type[Refusal], ...] = (layers.BadLayer, layers.TooManyLayers)


class LayerIn(serializers.Serializer):
    """Something on an overlay, in overlay pixels. What is left out has its usual value."""

    id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Of a layer that is there; without one it is a new layer."
    )
    type = serializers.CharField(help_text=f"One of: {', '.join(LayerType)}. A layer keeps its type.")
    name = serializers.CharField(required=False)
    visible = serializers.BooleanField(required=False)
    locked = serializers.BooleanField(required=False)
    x = serializers.IntegerField(required=False)
    y = serializers.IntegerField(required=False)
    width = serializers.IntegerField(required=False)
    height = serializers.IntegerField(required=False)
    opacity = serializers.IntegerField(required=False, help_text="Percent.")
    config = serializers.DictField(required=False, help_text="What the type can be set to, see the guide to layers.")


@extend_schema_field(LayerIn(many=True))
class LayersIn(serializers.ListField):
    """Layers as they come: `domain.layers` checks them, and names what is wrong."""


class OverlaySave(OverlayPatch):
    """The whole overlay as it is to be."""

    version = Whole(min_value=1, help_text="Which one was changed. 409 if somebody has saved another one since.")
    layers = LayersIn(help_text="All of them, the lowest first. Those that are left out are deleted.")


class LayerOut(serializers.Serializer):
    """Something on an overlay, in overlay pixels."""

    id = serializers.UUIDField()
    type = serializers.CharField(help_text=f"One of: {', '.join(LayerType)}.")
    name = serializers.CharField()
    visible = serializers.BooleanField()
    locked = serializers.BooleanField(help_text="In the editor, against the mouse.")
    x = serializers.IntegerField()
    y = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    opacity = serializers.IntegerField(help_text="Percent.")
    config = serializers.DictField(help_text="Every setting of the type.")


class OverlayOut(serializers.Serializer):
    """A page for OBS, without its key."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    background = serializers.CharField(help_text="transparent, or a colour as #rrggbb.")
    language = serializers.CharField()
    version = serializers.IntegerField(help_text="Rises with every change.")
    layers = LayerOut(many=True, help_text="The lowest first.")
    created_at = Time()
    changed_at = Time()
    changed_by = serializers.CharField(help_text="Empty for somebody who is gone.")
    key_made_at = Time()


class AddressOut(serializers.Serializer):
    """Where an overlay is. Whoever has the address can look at it."""

    address = serializers.CharField(help_text="To be added to OBS as a browser source.")


class SourceOut(serializers.Serializer):
    """A page that has the overlay open, or had it within the last hour."""

    id = serializers.UUIDField()
    browser = serializers.CharField(help_text="As people name it: OBS on Windows.")
    obs_version = serializers.CharField(help_text="Empty outside OBS.")
    is_connected = serializers.BooleanField()
    is_visible = serializers.BooleanField(allow_null=True, help_text="Whether it is seen; null where nobody says.")
    is_active = serializers.BooleanField(allow_null=True, help_text="Whether it is on air, as OBS says; else null.")
    is_current = serializers.BooleanField(help_text="Whether it runs this version of Lumio.")
    frames = serializers.IntegerField(allow_null=True, help_text="A second, as the page counts them.")
    connected_at = Time()
    seen_at = Time()


class GoalOut(serializers.Serializer):
    """How far a goal is."""

    id = serializers.UUIDField(help_text="Of its layer.")
    counts = serializers.CharField()
    currency = serializers.CharField(help_text="Of tips; else empty.")
    counted = serializers.IntegerField(help_text="Since `since`; of money in minor units.")
    since = Time()


class TimerOut(serializers.Serializer):
    """How far a timer is that is started by hand."""

    id = serializers.UUIDField(help_text="Of its layer.")
    is_running = serializers.BooleanField()
    seconds = serializers.FloatField(help_text="For how long it has run.")


class OverlayList(ApiView):
    gates: ClassVar = {"GET": Permission.OVERLAYS_READ, "POST": Permission.OVERLAYS_CREATE}
    refusals: ClassVar = {"POST": (overlays.NoSuchPreset, overlays.TooManyOverlays, *SETTINGS)}

    @extend_schema(responses=OverlayOut(many=True))
    def get(self, request: Request) -> Response:
        """The account's overlays, by name."""
        found = [shown(row) for row in overlays.listing(self.actor)]
        return envelope(request, OverlayOut(found, many=True).data)

    @extend_schema(request=OverlayInput, responses={201: OverlayOut})
    def post(self, request: Request) -> Response:
        """Make an overlay. Its address is at `/key`."""
        fields = sent(OverlayInput, request)
        preset = fields.pop("preset", None) or presets.EMPTY
        row = overlays.create(actor=self.actor, wanted=Changes(**fields), preset=preset)
        return created(OverlayOut(shown(row)).data, reverse("rest_overlay", args=[row.pk]))


class OverlayDetail(ApiView):
    gates: ClassVar = {
        "GET": Permission.OVERLAYS_READ,
        "PUT": Permission.OVERLAYS_EDIT,
        "PATCH": Permission.OVERLAYS_EDIT,
        "DELETE": Permission.OVERLAYS_DELETE,
    }
    refusals: ClassVar = {"PUT": (overlays.VersionConflict, *LAYERS, *SETTINGS), "PATCH": SETTINGS}

    @extend_schema(responses=OverlayOut)
    def get(self, request: Request, overlay_id: UUID) -> Response:
        """One overlay with its layers."""
        return envelope(request, OverlayOut(shown(overlays.get(self.actor, overlay_id))).data)

    @extend_schema(request=OverlaySave, responses=OverlayOut)
    def put(self, request: Request, overlay_id: UUID) -> Response:
        """Save an overlay and all of its layers. Its open pages show it at once."""
        access.get_overlay(self.actor, overlay_id, Permission.OVERLAYS_EDIT)
        fields = sent(OverlaySave, request)
        version, wanted = fields.pop("version"), fields.pop("layers")
        row = overlays.save(
            actor=self.actor, overlay_id=overlay_id, version=version, wanted=Changes(**fields), layers_wanted=wanted
        )
        return envelope(request, OverlayOut(shown(row)).data)

    @extend_schema(request=OverlayPatch, responses=OverlayOut)
    def patch(self, request: Request, overlay_id: UUID) -> Response:
        """Change its name, size, background or language, whatever version it has."""
        access.get_overlay(self.actor, overlay_id, Permission.OVERLAYS_EDIT)
        wanted = Changes(**sent(OverlayPatch, request))
        row = overlays.save(actor=self.actor, overlay_id=overlay_id, version=None, wanted=wanted)
        return envelope(request, OverlayOut(shown(row)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, overlay_id: UUID) -> Response:
        """Delete it. Its open pages go blank."""
        overlays.remove(actor=self.actor, overlay_id=overlay_id)
        return Response(status=204)


class OverlayCopy(ApiView):
    gates: ClassVar = {"POST": Permission.OVERLAYS_CREATE}
    refusals: ClassVar = {"POST": (overlays.TooManyOverlays,)}

    @extend_schema(request=None, responses={201: OverlayOut})
    def post(self, request: Request, overlay_id: UUID) -> Response:
        """The same once more, with a name and an address of its own."""
        row = overlays.duplicate(actor=self.actor, overlay_id=overlay_id)
        return created(OverlayOut(shown(row)).data, reverse("rest_overlay", args=[row.pk]))


class OverlayKey(ApiView):
    gates: ClassVar = {"GET": Permission.OVERLAYS_EDIT, "POST": Permission.OVERLAYS_EDIT}
    refusals: ClassVar = {"GET": (overlays.AddressUnreadable,)}

    @extend_schema(responses=AddressOut)
    @sensitive_variables("address")
    def get(self, request: Request, overlay_id: UUID) -> Response:
        """Its address, a secret."""
        address = overlays.address(actor=self.actor, overlay_id=overlay_id)
        return envelope(request, AddressOut({"address": address.reveal()}).data)

    @extend_schema(request=None, responses=AddressOut)
    @sensitive_variables("address")
    def post(self, request: Request, overlay_id: UUID) -> Response:
        """A new address for it. Pages that were opened with the old one go blank at once."""
        address = overlays.rotate(actor=self.actor, overlay_id=overlay_id)
        return envelope(request, AddressOut({"address": address.reveal()}).data)


class OverlaySources(ApiView):
    gates: ClassVar = {"GET": Permission.OVERLAYS_READ}

    @extend_schema(responses=SourceOut(many=True))
    def get(self, request: Request, overlay_id: UUID) -> Response:
        """The pages that have it open, or had it within the last hour."""
        row = overlays.get(self.actor, overlay_id)
        return envelope(request, SourceOut(sources.of([row]).get(row.pk, []), many=True).data)


class OverlayReload(ApiView):
    gates: ClassVar = {"POST": Permission.OVERLAYS_EDIT}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, overlay_id: UUID) -> Response:
        """Have its open pages load again."""
        row = overlays.get(self.actor, overlay_id, Permission.OVERLAYS_EDIT)
        sources.reload(actor=self.actor, overlay=row)
        return Response(status=204)


class GoalDetail(ApiView):
    gates: ClassVar = {"GET": Permission.OVERLAYS_READ, "DELETE": Permission.OVERLAYS_EDIT}

    @extend_schema(responses=GoalOut)
    def get(self, request: Request, goal_id: UUID) -> Response:
        """How far a goal layer is."""
        return envelope(request, GoalOut(shown_goal(goals.get(self.actor, goal_id))).data)

    @extend_schema(responses={200: GoalOut})
    def delete(self, request: Request, goal_id: UUID) -> Response:
        """Forget what was counted: the goal layer counts from now on."""
        return envelope(request, GoalOut(shown_goal(goals.reset(actor=self.actor, layer_id=goal_id))).data)


class TimerDetail(ApiView):
    gates: ClassVar = {"GET": Permission.OVERLAYS_READ, "POST": Permission.OVERLAYS_EDIT}
    refusals: ClassVar = {"POST": (timers.NoSuchTimerAct, timers.NotByHand)}

    @extend_schema(responses=TimerOut)
    def get(self, request: Request, timer_id: UUID) -> Response:
        """How far a timer layer is."""
        return envelope(request, TimerOut(shown_timer(timers.get(self.actor, timer_id))).data)

    @extend_schema(request=TimerIn, responses=TimerOut)
    def post(self, request: Request, timer_id: UUID) -> Response:
        """Start, stop or reset a timer layer that shows a countdown or a stopwatch."""
        access.get_layer(self.actor, timer_id, Permission.OVERLAYS_EDIT, LayerType.TIMER)
        timer = timers.control(actor=self.actor, layer_id=timer_id, act=sent(TimerIn, request)["act"])
        return envelope(request, TimerOut(shown_timer(timer)).data)
