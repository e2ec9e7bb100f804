"""GraphQL: the same as `overlays.panic_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from overlays.domain import panic
from overlays.enums import SceneState as State

if TYPE_CHECKING:
    from accounts.actor import Actor

SafeSceneState = graphene.Enum.from_enum(State, name="SafeSceneState")


class SafeScene(graphene.ObjectType):
    """An OBS that the panic button switches."""

    integration = graphene.ID(required=True)
    label = graphene.String(required=True)
    scene = graphene.String(required=True, description="What it shows while the button is pressed.")
    state = SafeSceneState(required=True)
    code = graphene.String(required=True, description="Why it failed.")
    detail = graphene.String(required=True, description="A sentence about the state.")


class Panic(graphene.ObjectType):
    """Whether the panic button is pressed, and what could not be done."""

    on = graphene.Boolean(required=True)
    since = DateTime()
    by = graphene.String(required=True, description="Who pressed it.")
    scenes = graphene.List(graphene.NonNull(SafeScene), required=True)


class SafeSceneInput(graphene.InputObjectType):
    integration = graphene.ID(required=True)
    scene = graphene.String(required=True)


class PressPanic(graphene.Mutation):
    """Presses the panic button, or restores what was before. What is so already stays so; each OBS that failed is asked
    again."""

    class Arguments:
        on = graphene.Boolean(required=True)

    panic = graphene.Field(Panic, required=True)

    @staticmethod
    @field(Permission.EVENTS_CREATE)
    def mutate(root: Any, actor: Actor, on: bool) -> PressPanic:
        panic.press(actor, on=on)
        return PressPanic(panic=_shown(actor))


class UpdatePanicSettings(graphene.Mutation):
    """Chooses which OBS the panic button switches, and to which scene. Takes `obs:edit`, too."""

    class Arguments:
        scenes = graphene.List(graphene.NonNull(SafeSceneInput), required=True)

    panic = graphene.Field(Panic, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, scenes: list[SafeSceneInput]) -> UpdatePanicSettings:
        panic.change(actor, [(one.integration, one.scene) for one in scenes])
        return UpdatePanicSettings(panic=_shown(actor))


class Query(graphene.ObjectType):
    panic = graphene.Field(
        Panic, description="Whether the panic button is pressed, since when and by whom, and what could not be done."
    )

    @staticmethod
    @field(Permission.EVENTS_READ)
    def resolve_panic(root: Any, actor: Actor) -> dict[str, Any]:
        return _shown(actor)


class Mutation(graphene.ObjectType):
    press_panic = PressPanic.Field()
    update_panic_settings = UpdatePanicSettings.Field()


def _shown(actor: Actor) -> dict[str, Any]:
    told = panic.shown(actor)
    return {
        "on": told.on,
        "since": told.since,
        "by": told.by,
        "scenes": told.scenes,
    }
