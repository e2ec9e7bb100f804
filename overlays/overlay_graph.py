"""GraphQL: the same as `overlays.overlay_rest`. A request is 32 KiB at most: code that is longer is saved over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from django.views.decorators.debug import sensitive_variables
from graphene.types.generic import GenericScalar

from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import BigInt, DateTime
from overlays import presets
from overlays.domain import goals, overlays, sources, timers
from overlays.domain.overlays import Changes
from overlays.overlay_forms import OverlayInput, OverlayPatch, TimerIn
from overlays.overlay_shown import shown, shown_goal, shown_timer

if TYPE_CHECKING:
    from accounts.actor import Actor


class OverlayLayer(graphene.ObjectType):
    """Something on an overlay, in overlay pixels."""

    id = graphene.ID(required=True)
    type = graphene.String(required=True)
    name = graphene.String(required=True)
    visible = graphene.Boolean(required=True)
    locked = graphene.Boolean(required=True, description="In the editor, against the mouse")
    x = graphene.Int(required=True)
    y = graphene.Int(required=True)
    width = graphene.Int(required=True)
    height = graphene.Int(required=True)
    opacity = graphene.Int(required=True, description="Percent")
    config = GenericScalar(required=True, description="Every setting of the type")


class OverlaySource(graphene.ObjectType):
    """A page that has the overlay open, or had it within the last hour."""

    id = graphene.ID(required=True)
    browser = graphene.String(required=True, description="As people name it: OBS on Windows")
    obs_version = graphene.String(required=True, description="Empty outside OBS")
    is_connected = graphene.Boolean(required=True)
    is_visible = graphene.Boolean(description="Whether it is seen; null where nobody says")
    is_active = graphene.Boolean(description="Whether it is on air, as OBS says; else null")
    is_current = graphene.Boolean(required=True, description="Whether it runs this version of Lumio")
    frames = graphene.Int(description="A second, as the page counts them")
    connected_at = DateTime(required=True)
    seen_at = DateTime(required=True)


class Overlay(graphene.ObjectType):
    """A page for OBS, without its key."""

    id = graphene.ID(required=True)
    name = graphene.String(required=True)
    width = graphene.Int(required=True)
    height = graphene.Int(required=True)
    background = graphene.String(required=True, description="transparent, or a colour as #rrggbb")
    language = graphene.String(required=True)
    version = graphene.Int(required=True, description="Rises with every change")
    layers = graphene.List(graphene.NonNull(OverlayLayer), required=True, description="The lowest first")
    created_at = DateTime(required=True)
    changed_at = DateTime(required=True)
    changed_by = graphene.String(required=True, description="Empty for somebody who is gone")
    key_made_at = DateTime(required=True)


class OverlayAddress(graphene.ObjectType):
    """Where an overlay is. Whoever has the address can look at it."""

    address = graphene.String(required=True, description="To be added to OBS as a browser source")


class OverlayGoal(graphene.ObjectType):
    """How far a goal is."""

    id = graphene.ID(required=True, description="Of its layer")
    counts = graphene.String(required=True)
    currency = graphene.String(required=True, description="Of tips; else empty")
    counted = BigInt(required=True, description="Since `since`; of money in minor units")
    since = DateTime(required=True)


class OverlayTimer(graphene.ObjectType):
    """How far a timer is that is started by hand."""

    id = graphene.ID(required=True, description="Of its layer")
    is_running = graphene.Boolean(required=True)
    seconds = graphene.Float(required=True, description="For how long it has run")


class Query(graphene.ObjectType):
    overlays = graphene.List(graphene.NonNull(Overlay), description="The account's overlays, by name")
    overlay = graphene.Field(Overlay, id=graphene.ID(required=True), description="One overlay with its layers.")
    overlay_layers = graphene.List(
        graphene.NonNull(OverlayLayer),
        overlay_id=graphene.ID(required=True),
        description="The layers of an overlay, the lowest first.",
    )
    overlay_sources = graphene.List(
        graphene.NonNull(OverlaySource),
        id=graphene.ID(required=True),
        description="The pages that have it open, or had it within the last hour",
    )
    overlay_address = graphene.Field(OverlayAddress, id=graphene.ID(required=True), description="A secret")
    overlay_goal = graphene.Field(OverlayGoal, id=graphene.ID(required=True), description="How far a goal layer is.")
    overlay_timer = graphene.Field(OverlayTimer, id=graphene.ID(required=True), description="How far a timer layer is.")

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_overlays(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [shown(row) for row in overlays.listing(actor)]

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_overlay(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown(overlays.get(actor, id))

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_overlay_layers(root: Any, actor: Actor, overlay_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = shown(overlays.get(actor, overlay_id))["layers"]
        return found

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_overlay_sources(root: Any, actor: Actor, id: str) -> list[sources.SourceShown]:
        row = overlays.get(actor, id)
        return sources.of([row]).get(row.pk, [])

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    @sensitive_variables("address")
    def resolve_overlay_address(root: Any, actor: Actor, id: str) -> dict[str, str]:
        address = overlays.address(actor=actor, overlay_id=id)
        return {"address": address.reveal()}

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_overlay_goal(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown_goal(goals.get(actor, id))

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_overlay_timer(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown_timer(timers.get(actor, id))


class UpdateOverlayInput(graphene.InputObjectType):
    """What is left out stays as it is, or has its usual value."""

    name = graphene.String()
    width = graphene.Int(description="Pixels, 16 to 8192")
    height = graphene.Int(description="Pixels, 16 to 8192")
    background = graphene.String(description="transparent, or a colour as #rrggbb")
    language = graphene.String(description="Of Lumio's own words on it: en or de")


class CreateOverlayInput(UpdateOverlayInput):
    """What is left out has its usual value."""

    preset = graphene.String(description=f"What it begins with: {', '.join(presets.PRESETS)}")


class CreateOverlay(graphene.Mutation):
    """Makes an overlay. `overlayAddress` tells where it is."""

    class Arguments:
        input = CreateOverlayInput(required=True)

    overlay = graphene.Field(Overlay, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_CREATE)
    def mutate(root: Any, actor: Actor, input: CreateOverlayInput) -> CreateOverlay:
        fields = taken(OverlayInput, input)
        preset = fields.pop("preset", None) or presets.EMPTY
        return CreateOverlay(overlay=shown(overlays.create(actor=actor, wanted=Changes(**fields), preset=preset)))


class UpdateOverlay(graphene.Mutation):
    """Changes its name, size, background or language, whatever version it has."""

    class Arguments:
        id = graphene.ID(required=True)
        input = UpdateOverlayInput(required=True)

    overlay = graphene.Field(Overlay, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, id: str, input: UpdateOverlayInput) -> UpdateOverlay:
        row = overlays.save(actor=actor, overlay_id=id, version=None, wanted=Changes(**taken(OverlayPatch, input)))
        return UpdateOverlay(overlay=shown(row))


class UpdateOverlayLayers(graphene.Mutation):
    """Puts these layers, the lowest first, in the place of those that are there. Its open pages show them at once."""

    class Arguments:
        overlay_id = graphene.ID(required=True)
        version = graphene.Int(required=True, description="Which one was changed; refused if there is a newer one")
        layers = graphene.List(
            graphene.NonNull(GenericScalar), required=True, description="As overlayLayers has them; ids are kept"
        )

    overlay = graphene.Field(Overlay, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, overlay_id: str, version: int, layers: list[Any]) -> UpdateOverlayLayers:
        row = overlays.save(actor=actor, overlay_id=overlay_id, version=version, wanted=Changes(), layers_wanted=layers)
        return UpdateOverlayLayers(overlay=shown(row))


class CopyOverlay(graphene.Mutation):
    """Makes the same once more, with a name and an address of its own."""

    class Arguments:
        id = graphene.ID(required=True)

    overlay = graphene.Field(Overlay, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_CREATE)
    def mutate(root: Any, actor: Actor, id: str) -> CopyOverlay:
        return CopyOverlay(overlay=shown(overlays.duplicate(actor=actor, overlay_id=id)))


class DeleteOverlay(graphene.Mutation):
    """Deletes it. Its open pages go blank."""

    class Arguments:
        id = graphene.ID(required=True)

    overlay = graphene.Field(Overlay, required=True, description="As it was")

    @staticmethod
    @field(Permission.OVERLAYS_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> DeleteOverlay:
        return DeleteOverlay(overlay=shown(overlays.remove(actor=actor, overlay_id=id)))


class RenewOverlayKey(graphene.Mutation):
    """Makes a new address. Pages that were opened with the old one go blank at once."""

    class Arguments:
        id = graphene.ID(required=True)

    address = graphene.String(required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    @sensitive_variables("address")
    def mutate(root: Any, actor: Actor, id: str) -> RenewOverlayKey:
        address = overlays.rotate(actor=actor, overlay_id=id)
        return RenewOverlayKey(address=address.reveal())


class ReloadOverlay(graphene.Mutation):
    """Has its open pages load again."""

    class Arguments:
        id = graphene.ID(required=True)

    overlay = graphene.Field(Overlay, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, id: str) -> ReloadOverlay:
        row = overlays.get(actor, id, Permission.OVERLAYS_EDIT)
        sources.reload(actor=actor, overlay=row)
        return ReloadOverlay(overlay=shown(row))


class ResetOverlayGoal(graphene.Mutation):
    """Has a goal layer count from now on."""

    class Arguments:
        id = graphene.ID(required=True)

    goal = graphene.Field(OverlayGoal, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, id: str) -> ResetOverlayGoal:
        return ResetOverlayGoal(goal=shown_goal(goals.reset(actor=actor, layer_id=id)))


class ControlOverlayTimer(graphene.Mutation):
    """Starts, stops or resets a timer layer that shows a countdown or a stopwatch."""

    class Arguments:
        id = graphene.ID(required=True)
        act = graphene.String(required=True, description="start, stop or reset")

    timer = graphene.Field(OverlayTimer, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, id: str, act: str) -> ControlOverlayTimer:
        return ControlOverlayTimer(
            timer=shown_timer(timers.control(actor=actor, layer_id=id, **taken(TimerIn, {"act": act})))
        )


class Mutation(graphene.ObjectType):
    create_overlay = CreateOverlay.Field()
    update_overlay = UpdateOverlay.Field()
    update_overlay_layers = UpdateOverlayLayers.Field()
    copy_overlay = CopyOverlay.Field()
    delete_overlay = DeleteOverlay.Field()
    renew_overlay_key = RenewOverlayKey.Field()
    reload_overlay = ReloadOverlay.Field()
    reset_overlay_goal = ResetOverlayGoal.Field()
    control_overlay_timer = ControlOverlayTimer.Field()
