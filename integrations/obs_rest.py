"""REST: what the account's OBS are like, and having them do something."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Text, Time, checked, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from integrations.domain import obs
from integrations.obs.acts import NAME_LENGTH
from integrations.obs_forms import ObsActInput

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class ObsTroubleOut(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="What is wrong and what to do, in words.")


class ObsSceneOut(serializers.Serializer):
    name = serializers.CharField()


class ObsTransitionOut(serializers.Serializer):
    name = serializers.CharField(allow_null=True)
    duration_ms = serializers.IntegerField(allow_null=True, help_text="Null for one whose length is fixed.")
    names = serializers.ListField(child=serializers.CharField())


class ObsItemOut(serializers.Serializer):
    """A source in a scene."""

    id = serializers.IntegerField(help_text="Its number in the scene, or in the group if it is in one.")
    name = serializers.CharField()
    visible = serializers.BooleanField()
    group = serializers.CharField(allow_null=True, help_text="The group that it is in, which acts take as its scene.")


class ObsInputOut(serializers.Serializer):
    """Something with sound."""

    name = serializers.CharField()
    muted = serializers.BooleanField()
    db = serializers.FloatField(help_text="-100 (silence) to 26.")
    is_special = serializers.BooleanField(help_text="Whether it is one of the sounds of all scenes.")
    media = serializers.CharField(allow_null=True, help_text="playing, paused or stopped; null for what plays none.")


class ObsStreamOut(serializers.Serializer):
    state = serializers.CharField(help_text="off, starting, on, reconnecting or stopping.")
    since = Time(allow_null=True)


class ObsRecordOut(serializers.Serializer):
    state = serializers.CharField(help_text="off, starting, on, paused or stopping.")
    since = Time(allow_null=True, help_text="When it would have begun had it never paused.")
    seconds = serializers.IntegerField(help_text="How much was recorded by `read_at`.")


class ObsReplayOut(serializers.Serializer):
    state = serializers.CharField(help_text="unavailable, off or on.")
    saved_at = Time(allow_null=True)


class ObsCameraOut(serializers.Serializer):
    state = serializers.CharField(help_text="unavailable, off or on.")


class ObsOut(serializers.Serializer):
    """One OBS. Lists begin with the topmost, as OBS shows them."""

    integration = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # the base class has an attribute of that name
    link = serializers.CharField(help_text="connected, limited, connecting, trouble or off.")
    via = serializers.CharField(help_text="direct or bridge.")
    trouble = ObsTroubleOut(allow_null=True, help_text="Why nobody can tell what it is like.")
    version = serializers.CharField(allow_blank=True)
    latency_ms = serializers.IntegerField(allow_null=True)
    read_at = Time(allow_null=True)
    is_changing = serializers.BooleanField(help_text="Whether it changes its scene collection, and takes no acts.")
    scenes = ObsSceneOut(many=True)
    scenes_left_out = serializers.IntegerField()
    program = serializers.CharField(allow_null=True, help_text="The scene on air.")
    preview = serializers.CharField(allow_null=True, help_text="In studio mode only.")
    studio_mode = serializers.BooleanField()
    switching_to = serializers.CharField(allow_null=True)
    transition = ObsTransitionOut()
    items = ObsItemOut(many=True, help_text="The sources of the scene on air.")
    items_left_out = serializers.IntegerField()
    preview_items = ObsItemOut(many=True)
    preview_items_left_out = serializers.IntegerField()
    inputs = ObsInputOut(many=True)
    inputs_left_out = serializers.IntegerField()
    stream = ObsStreamOut()
    record = ObsRecordOut()
    replay = ObsReplayOut()
    camera = ObsCameraOut()
    can = serializers.ListField(child=serializers.CharField(), help_text="The acts that it would take now.")


class ScreenshotQuery(serializers.Serializer):
    scene = Text(max_length=NAME_LENGTH)


class ScreenshotOut(serializers.Serializer):
    image = serializers.CharField(help_text="A JPEG as a data URL.")


class ObsList(ApiView):
    gates: ClassVar = {"GET": Permission.SETTINGS_READ}

    @extend_schema(responses=ObsOut(many=True))
    def get(self, request: Request) -> Response:
        """Every OBS of the account, as it is now."""
        return envelope(request, ObsOut(obs.listing(self.actor), many=True).data)


class ObsDetail(ApiView):
    gates: ClassVar = {"GET": Permission.SETTINGS_READ}

    @extend_schema(responses=ObsOut)
    def get(self, request: Request, obs_id: UUID) -> Response:
        """One OBS, as it is now."""
        row = obs.get(self.actor, obs_id, Permission.SETTINGS_READ)
        return envelope(request, ObsOut(obs.state_of(self.actor, row)).data)


class ObsActs(ApiView):
    gates: ClassVar = {"POST": Permission.OBS_EDIT}
    limits: ClassVar = {"POST": throttle.OBS_ACTS}
    refusals: ClassVar = {"POST": (*obs.REFUSALS, *obs.NOT_UNDERSTOOD)}

    @extend_schema(request=ObsActInput, responses={204: None})
    def post(self, request: Request, obs_id: UUID) -> Response:
        """Have OBS do something. 204 once it has said yes; what came of it, its state says."""
        row = obs.get(self.actor, obs_id, Permission.OBS_EDIT)
        given = sent(ObsActInput, request)
        act = given.pop("act")
        obs.act(self.actor, row, act, given)
        return Response(status=204)


class ObsScreenshot(ApiView):
    gates: ClassVar = {"GET": Permission.SETTINGS_READ}
    limits: ClassVar = {"GET": throttle.OBS_PICTURES}
    refusals: ClassVar = {"GET": obs.REFUSALS}

    @extend_schema(parameters=[OpenApiParameter("scene", str, required=True)], responses=ScreenshotOut)
    def get(self, request: Request, obs_id: UUID) -> Response:
        """A small picture of a scene, made now."""
        row = obs.get(self.actor, obs_id, Permission.SETTINGS_READ)
        scene = checked(ScreenshotQuery, request.query_params)["scene"]
        image = obs.screenshot(self.actor, row, scene)
        return envelope(request, ScreenshotOut({"image": image}).data)
