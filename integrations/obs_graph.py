"""GraphQL: the same as `integrations.obs_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from integrations.domain import obs
from integrations.enums import ObsAct as Act
from integrations.obs_forms import ObsActInput

if TYPE_CHECKING:
    from accounts.actor import Actor

ObsAct = graphene.Enum(
    "ObsAct",
    [(act.value.upper().replace(".", "_"), act.value) for act in Act],
    description="What a person may have OBS do, as over REST: SCENE_PROGRAM is `scene.program` there.",
)


class ObsTrouble(graphene.ObjectType):
    code = graphene.String(required=True)
    detail = graphene.String(required=True, description="What is wrong and what to do, in words")


class ObsScene(graphene.ObjectType):
    name = graphene.String(required=True)


class ObsTransition(graphene.ObjectType):
    name = graphene.String()
    duration_ms = graphene.Int(description="Null for one whose length is fixed")
    names = graphene.List(graphene.NonNull(graphene.String), required=True)


class ObsItem(graphene.ObjectType):
    """A source in a scene."""

    id = graphene.Int(required=True, description="Its number in the scene, or in the group if it is in one")
    name = graphene.String(required=True)
    visible = graphene.Boolean(required=True)
    group = graphene.String(description="The group that it is in, which acts take as its scene")


class ObsAudio(graphene.ObjectType):
    """Something with sound."""

    name = graphene.String(required=True)
    muted = graphene.Boolean(required=True)
    db = graphene.Float(required=True, description="-100 (silence) to 26")
    is_special = graphene.Boolean(required=True, description="Whether it is one of the sounds of all scenes")
    media = graphene.String(description="playing, paused or stopped; null for what plays none")


class ObsStream(graphene.ObjectType):
    state = graphene.String(required=True, description="off, starting, on, reconnecting or stopping")
    since = DateTime()


class ObsRecord(graphene.ObjectType):
    state = graphene.String(required=True, description="off, starting, on, paused or stopping")
    since = DateTime(description="When it would have begun had it never paused")
    seconds = graphene.Int(required=True, description="How much was recorded by `readAt`")


class ObsReplay(graphene.ObjectType):
    state = graphene.String(required=True, description="unavailable, off or on")
    saved_at = DateTime()


class ObsCamera(graphene.ObjectType):
    state = graphene.String(required=True, description="unavailable, off or on")


class Obs(graphene.ObjectType):
    """One OBS. Lists begin with the topmost, as OBS shows them."""

    integration = graphene.ID(required=True)
    label = graphene.String(required=True)
    link = graphene.String(required=True, description="connected, limited, connecting, trouble or off")
    via = graphene.String(required=True, description="direct or bridge")
    trouble = graphene.Field(ObsTrouble, description="Why nobody can tell what it is like")
    version = graphene.String(required=True)
    latency_ms = graphene.Int()
    read_at = DateTime()
    is_changing = graphene.Boolean(
        required=True, description="Whether it changes its scene collection, and takes no acts"
    )
    scenes = graphene.List(graphene.NonNull(ObsScene), required=True)
    scenes_left_out = graphene.Int(required=True)
    program = graphene.String(description="The scene on air")
    preview = graphene.String(description="In studio mode only")
    studio_mode = graphene.Boolean(required=True)
    switching_to = graphene.String()
    transition = graphene.Field(ObsTransition, required=True)
    items = graphene.List(graphene.NonNull(ObsItem), required=True, description="The sources of the scene on air")
    items_left_out = graphene.Int(required=True)
    preview_items = graphene.List(graphene.NonNull(ObsItem), required=True)
    preview_items_left_out = graphene.Int(required=True)
    inputs = graphene.List(graphene.NonNull(ObsAudio), required=True)
    inputs_left_out = graphene.Int(required=True)
    stream = graphene.Field(ObsStream, required=True)
    record = graphene.Field(ObsRecord, required=True)
    replay = graphene.Field(ObsReplay, required=True)
    camera = graphene.Field(ObsCamera, required=True)
    can = graphene.List(graphene.NonNull(ObsAct), required=True, description="The acts that it would take now")


class ControlObsInput(graphene.InputObjectType):
    """An act and what it needs; the rest stays out."""

    integration = graphene.ID(required=True)
    act = ObsAct(required=True)
    scene = graphene.String(description="For SOURCE_VISIBLE the group that the source is in, if any")
    item = graphene.Int(description="The id of a source in `scene`")
    visible = graphene.Boolean()
    on = graphene.Boolean(description="For STUDIO_MODE")
    input = graphene.String()
    muted = graphene.Boolean()
    db = graphene.Float(description="-100 to 26")
    media = graphene.String(description="play, pause, stop or restart")
    transition = graphene.String()
    duration_ms = graphene.Int(description="50 to 20000")


class ControlObs(graphene.Mutation):
    """Has OBS do something. Answered once it has said yes; what came of it, its state says."""

    class Arguments:
        input = ControlObsInput(required=True)

    act = ObsAct(required=True)

    @staticmethod
    @field(Permission.OBS_EDIT, limit=throttle.OBS_ACTS)
    def mutate(root: Any, actor: Actor, input: ControlObsInput) -> ControlObs:
        row = obs.get(actor, input.integration, Permission.OBS_EDIT)
        given = taken(ObsActInput, {**input, "act": input.act.value})
        obs.act(actor, row, given.pop("act"), given)
        return ControlObs(act=input.act)


class Query(graphene.ObjectType):
    obs = graphene.List(graphene.NonNull(Obs), description="Every OBS of the account, as it is now")
    obs_screenshot = graphene.String(
        integration=graphene.ID(required=True),
        scene=graphene.String(required=True),
        description="A small picture of a scene, made now: a JPEG as a data URL",
    )

    @staticmethod
    @field(Permission.SETTINGS_READ)
    def resolve_obs(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return obs.listing(actor)

    @staticmethod
    @field(Permission.SETTINGS_READ, limit=throttle.OBS_PICTURES)
    def resolve_obs_screenshot(root: Any, actor: Actor, integration: str, scene: str) -> str:
        return obs.screenshot(actor, obs.get(actor, integration, Permission.SETTINGS_READ), scene)


class Mutation(graphene.ObjectType):
    control_obs = ControlObs.Field()
