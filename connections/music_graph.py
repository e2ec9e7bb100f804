"""GraphQL: the same as `connections.music_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from connections.domain import music
from connections.music_forms import DeviceInput, VolumeInput
from connections.platforms.playing import Command

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.platforms.playing import Device

MusicCommand = graphene.Enum.from_enum(Command, name="MusicCommand")


class MusicItem(graphene.ObjectType):
    kind = graphene.String(required=True, description="track, episode, ad or unknown")
    title = graphene.String(required=True)
    subtitle = graphene.String(required=True, description="The artists, or the show")
    image = graphene.String(required=True, description="Address of the cover; empty where there is none")
    duration_ms = graphene.Int()
    link = graphene.String(required=True, description="Empty for a file of the listener's own")
    explicit = graphene.Boolean(required=True)


class MusicDevice(graphene.ObjectType):
    id = graphene.String(required=True)
    name = graphene.String(required=True)
    type = graphene.String(required=True)
    volume = graphene.Int(description="0 to 100; null where nobody knows")
    can_volume = graphene.Boolean(required=True)
    is_active = graphene.Boolean(required=True)
    is_private = graphene.Boolean(required=True, description="Whether nobody is to see what plays there")
    is_restricted = graphene.Boolean(required=True, description="Whether it takes no commands from outside")

    @staticmethod
    def resolve_is_active(root: Device | dict[str, Any], info: Any) -> bool:
        return True if isinstance(root, dict) else root.is_active


class MusicCan(graphene.ObjectType):
    """What the player would do now."""

    play = graphene.Boolean(required=True)
    pause = graphene.Boolean(required=True)
    next = graphene.Boolean(required=True)
    previous = graphene.Boolean(required=True)
    volume = graphene.Boolean(required=True)


class MusicTrouble(graphene.ObjectType):
    code = graphene.String(required=True)
    detail = graphene.String(required=True, description="What is wrong and what to do, in words")


class Music(graphene.ObjectType):
    """What plays. Progress counts on from `readAt` while it plays."""

    state = graphene.String(required=True, description="playing, paused, nothing, private or trouble")
    item = graphene.Field(MusicItem)
    progress_ms = graphene.Int()
    read_at = DateTime(required=True)
    device = graphene.Field(MusicDevice, description="The active one")
    can = graphene.Field(MusicCan, required=True)
    needs_premium = graphene.Boolean(required=True, description="Whether commands are refused for want of it")
    trouble = graphene.Field(MusicTrouble, description="Why nobody can tell what plays")
    paused_until = DateTime(description="Until when the platform wants to be left alone")


class ControlMusic(graphene.Mutation):
    """Play, pause, or skip. The effect shows after about a second."""

    class Arguments:
        command = MusicCommand(required=True)

    command = MusicCommand(required=True)

    @staticmethod
    @field(Permission.SPOTIFY_PLAYBACK, limit=throttle.MUSIC_CONTROL)
    def mutate(root: Any, actor: Actor, *, command: Command) -> ControlMusic:
        music.tell(actor, command)
        return ControlMusic(command=command)


class SetMusicVolume(graphene.Mutation):
    """Sets the volume of the active device."""

    class Arguments:
        percent = graphene.Int(required=True)

    percent = graphene.Int(required=True)

    @staticmethod
    @field(Permission.SPOTIFY_PLAYBACK, limit=throttle.MUSIC_CONTROL)
    def mutate(root: Any, actor: Actor, *, percent: int) -> SetMusicVolume:
        music.set_volume(actor, taken(VolumeInput, {"percent": percent})["percent"])
        return SetMusicVolume(percent=percent)


class MoveMusic(graphene.Mutation):
    """Have the music go on on another device."""

    class Arguments:
        device_id = graphene.String(required=True)

    device_id = graphene.String(required=True)

    @staticmethod
    @field(Permission.SPOTIFY_PLAYBACK, limit=throttle.MUSIC_CONTROL)
    def mutate(root: Any, actor: Actor, *, device_id: str) -> MoveMusic:
        music.move_to(actor, taken(DeviceInput, {"id": device_id})["id"])
        return MoveMusic(device_id=device_id)


class Query:
    music = graphene.Field(
        Music, description="What plays. The first answer may be that nobody knows yet: ask again in a second."
    )
    music_devices = graphene.List(
        graphene.NonNull(MusicDevice), description="Where it could play; the platform is asked each time"
    )

    @staticmethod
    @field(Permission.SPOTIFY_READ)
    def resolve_music(root: Any, actor: Actor) -> dict[str, Any]:
        return music.state(actor)

    @staticmethod
    @field(Permission.SPOTIFY_PLAYBACK, limit=throttle.MUSIC_CONTROL)
    def resolve_music_devices(root: Any, actor: Actor) -> list[Device]:
        return music.devices(actor)


class Mutation:
    control_music = ControlMusic.Field()
    set_music_volume = SetMusicVolume.Field()
    move_music = MoveMusic.Field()
