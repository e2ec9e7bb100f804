"""REST: what plays, and telling the player what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Time, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from connections.domain import grants, music
from connections.music_forms import DeviceInput, VolumeInput
from connections.platforms.failures import STORED
from connections.platforms.playing import Command

if TYPE_CHECKING:
    from rest_framework.request import Request

#: Why the platform is not asked, or does not do it.
REFUSALS = (*music.REFUSALS, grants.GrantUnusable, *STORED.values())


class ItemOut(serializers.Serializer):
    kind = serializers.CharField(help_text="track, episode, ad or unknown.")
    title = serializers.CharField()
    subtitle = serializers.CharField(help_text="The artists, or the show.")
    image = serializers.CharField(help_text="Address of the cover; empty where there is none.")
    duration_ms = serializers.IntegerField(allow_null=True)
    link = serializers.CharField(help_text="Where it is at the platform; empty for a file of the listener's own.")
    explicit = serializers.BooleanField()


class DeviceOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField(help_text="As the platform calls it, such as Computer, Smartphone or Speaker.")
    volume = serializers.IntegerField(allow_null=True, help_text="0 to 100; null where nobody knows.")
    can_volume = serializers.BooleanField()
    is_private = serializers.BooleanField(help_text="Whether nobody is to see what plays there.")
    is_restricted = serializers.BooleanField(help_text="Whether it takes no commands from outside.")


class KnownDeviceOut(DeviceOut):
    is_active = serializers.BooleanField()


class CanOut(serializers.Serializer):
    """What the player would do now."""

    play = serializers.BooleanField()
    pause = serializers.BooleanField()
    next = serializers.BooleanField()
    previous = serializers.BooleanField()
    volume = serializers.BooleanField()


class TroubleOut(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="What is wrong and what to do, in words.")


class MusicOut(serializers.Serializer):
    """What plays. Progress counts on from `read_at` while it plays."""

    state = serializers.CharField(help_text="playing, paused, nothing, private or trouble.")
    item = ItemOut(allow_null=True)
    progress_ms = serializers.IntegerField(allow_null=True)
    read_at = Time()
    device = DeviceOut(allow_null=True)
    can = CanOut()
    needs_premium = serializers.BooleanField(help_text="Whether commands are refused for want of it.")
    trouble = TroubleOut(allow_null=True, help_text="Why nobody can tell what plays; null where somebody can.")
    paused_until = Time(allow_null=True, help_text="Until when the platform wants to be left alone.")


class Music(ApiView):
    gates: ClassVar = {"GET": Permission.SPOTIFY_READ}

    @extend_schema(responses=MusicOut)
    def get(self, request: Request) -> Response:
        """What plays. The first answer may be that nobody knows yet: ask again in a second."""
        return envelope(request, MusicOut(music.state(self.actor)).data)


class Tell(ApiView):
    command = Command.PLAY
    gates: ClassVar = {"POST": Permission.SPOTIFY_PLAYBACK}
    limits: ClassVar = {"POST": throttle.MUSIC_CONTROL}
    refusals: ClassVar = {"POST": REFUSALS}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Play, pause, or skip. The effect shows after about a second."""
        music.tell(self.actor, self.command)
        return Response(status=204)


class Volume(ApiView):
    gates: ClassVar = {"PUT": Permission.SPOTIFY_PLAYBACK}
    limits: ClassVar = {"PUT": throttle.MUSIC_CONTROL}
    refusals: ClassVar = {"PUT": (*REFUSALS, music.NotAVolume)}

    @extend_schema(request=VolumeInput, responses={204: None})
    def put(self, request: Request) -> Response:
        """Set the volume of the active device."""
        music.set_volume(self.actor, sent(VolumeInput, request)["percent"])
        return Response(status=204)


class DeviceList(ApiView):
    gates: ClassVar = {"GET": Permission.SPOTIFY_PLAYBACK}
    limits: ClassVar = {"GET": throttle.MUSIC_CONTROL}
    refusals: ClassVar = {"GET": REFUSALS}

    @extend_schema(responses=KnownDeviceOut(many=True))
    def get(self, request: Request) -> Response:
        """Where the music could play. The platform is asked each time."""
        return envelope(request, KnownDeviceOut(music.devices(self.actor), many=True).data)


class ActiveDevice(ApiView):
    gates: ClassVar = {"PUT": Permission.SPOTIFY_PLAYBACK}
    limits: ClassVar = {"PUT": throttle.MUSIC_CONTROL}
    refusals: ClassVar = {"PUT": REFUSALS}

    @extend_schema(request=DeviceInput, responses={204: None})
    def put(self, request: Request) -> Response:
        """Have the music go on on another device."""
        music.move_to(self.actor, sent(DeviceInput, request)["id"])
        return Response(status=204)
