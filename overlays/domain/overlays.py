"""Making, changing and removing overlays. Whoever has an overlay's address can open it, so the address is a secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts import rights
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from lumio.lib import crypto
from lumio.lib.errors import Refusal
from lumio.lib.labels import free, one_line
from lumio.lib.secrets import Secret, digest, new_secret
from overlays import presets
from overlays.domain import access, definition, goals, layers, vault
from overlays.domain.notices import changed_on_commit
from overlays.layers import OPAQUE
from overlays.models import Layer, Overlay, Upload

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from accounts.actor import Actor
    from accounts.models import Account

#: Of one account.
MOST_OVERLAYS = 50
NAME_LENGTH = 80
#: Pixels, of width and height.
SIZES = range(16, 8193)
TRANSPARENT = "transparent"
#: What a save may change of a layer that is there already.
STORED = tuple(name for name in layers.FIELDS if name not in ("id", "type"))


class NameTooLong(Refusal):
    code = "name_too_long"
    status = 422
    sentence = _("A name has {limit} characters at most.")


class NameTaken(Refusal):
    code = "name_taken"
    status = 409
    sentence = _("There is an overlay called {name} already. Choose another name, so that you can tell them apart.")


class BadSize(Refusal):
    code = "bad_size"
    status = 422
    sentence = _("An overlay is {least} to {most} pixels wide and high. 1920x1080 suits most streams.")


class BadBackground(Refusal):
    code = "bad_background"
    status = 422
    sentence = _("A background is transparent, or a colour as #rrggbb.")


class NoSuchLanguage(Refusal):
    code = "no_such_language"
    status = 422
    sentence = _("Choose the language of the overlay's own words: {known}.")


class NoSuchPreset(Refusal):
    code = "no_such_preset"
    status = 422
    sentence = _("Choose what the overlay begins with: {known}.")


class TooManyOverlays(Refusal):
    code = "too_many_overlays"
    status = 409
    sentence = _("An account has {limit} overlays at most. Delete one that you do not need.")


class VersionConflict(Refusal):
    code = "version_conflict"
    status = 409
    sentence = _("{name} saved this overlay at {at}, after you opened it. Nothing of yours was saved yet.")


class AddressUnreadable(Refusal):
    code = "overlay_address_unreadable"
    status = 409
    sentence = _(
        "The address of this overlay cannot be read with this Lumio's encryption keys. Put the missing key back, or "
        "make a new address and put it into OBS."
    )


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to be set; None leaves it as it is. `background` is "transparent" or "#rrggbb"."""

    name: str | None = None
    width: int | None = None
    height: int | None = None
    background: str | None = None
    language: str | None = None


def listing(actor: Actor, *, has_configs: bool = True) -> list[Overlay]:
    """By name, with their layers, and their configs where somebody reads them. Two queries."""
    actor.require(Permission.OVERLAYS_READ)
    return list(_with_layers(has_configs=has_configs).filter(account=actor.account).order_by("name"))


def get(actor: Actor, overlay_id: UUID | str, permission: Permission = Permission.OVERLAYS_READ) -> Overlay:
    """One of them, with its layers."""
    row = access.get_overlay(actor, overlay_id, permission)
    return _with_layers().get(pk=row.pk)


def free_name(account: Account, name: str = "") -> str:
    """The name, or a usual one, with a number if there is an overlay called so."""
    taken = set(Overlay.objects.filter(account=account).values_list("name", flat=True))
    return free(name or _now("Overlay"), taken, NAME_LENGTH)


@transaction.atomic
def create(*, actor: Actor, wanted: Changes, preset: str = presets.EMPTY) -> Overlay:
    """A new overlay with the layers of a preset. What is left out has its usual value."""
    actor.require(Permission.OVERLAYS_CREATE)
    if preset not in presets.PRESETS:
        raise NoSuchPreset(known=", ".join(presets.PRESETS))
    row = Overlay(account=actor.account, created_by=actor.user, changed_by=actor.user, language=_language_of_now())
    _apply(row, wanted)
    actor.account.take_turns()
    row.name = row.name or free_name(actor.account)
    _add(row)
    with translation.override(row.language):
        made = presets.layers(preset, row.width, row.height)
    _put_layers(row, layers.checked(made, layers.Files({})))
    record(actor, Action.OVERLAY_CREATED, row, after=_facts(row))
    return row


@transaction.atomic
def duplicate(*, actor: Actor, overlay_id: UUID | str) -> Overlay:
    """The same once more, with a name and an address of its own. Goals begin at nothing."""
    actor.require(Permission.OVERLAYS_CREATE)
    original = get(actor, overlay_id, Permission.OVERLAYS_CREATE)
    row = Overlay(account=actor.account, created_by=actor.user, changed_by=actor.user)
    for name in ("width", "height", "background", "language"):
        setattr(row, name, getattr(original, name))
    actor.account.take_turns()
    row.name = free_name(actor.account, original.name)
    _add(row)
    _put_layers(row, [definition.of_layer(layer) | {"id": uuid4()} for layer in original.layers.all()])
    record(actor, Action.OVERLAY_CREATED, row, after=_facts(row) | {"copy_of": original.name})
    return row


@transaction.atomic
def save(
    *,
    actor: Actor,
    overlay_id: UUID | str,
    version: int | None,
    wanted: Changes,
    layers_wanted: list[Any] | None = None,
) -> Overlay:
    """Change an overlay, and put `layers_wanted` (bottom first, as `domain.layers` takes them) in the place of its
    layers; None leaves those alone. Layers keep their ids. Its open pages show it at once.

    `version` is the one that was changed; None for whatever there is now. Raises VersionConflict if somebody else has
    saved meanwhile, and then changes nothing.
    """
    actor.require(Permission.OVERLAYS_EDIT)
    actor.account.take_turns()
    row = access.get_overlay(actor, overlay_id, Permission.OVERLAYS_EDIT)
    if version not in (None, row.version):
        raise _conflict(row)
    before, layers_before = _facts(row), _layers(row)
    _apply(row, wanted)
    row.name = row.name or before["name"]
    _check_name(row)
    if layers_wanted is not None:
        _put_layers(row, layers.checked(layers_wanted, _files(row)))
    after, layers_after = _facts(row), _layers(row)
    changed = [name for name in after if after[name] != before[name]]
    if not changed and layers_after == layers_before:
        return get(actor, row.pk, Permission.OVERLAYS_EDIT)
    row.version += 1
    row.changed_by, row.changed_at = actor.user, timezone.now()
    row.save()
    record(
        actor,
        Action.OVERLAY_CHANGED,
        row,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed}
        | {"changed_layers": [layer["name"] for layer in layers_after if layer not in layers_before]},
    )
    changed_on_commit(row.pk)
    return get(actor, row.pk, Permission.OVERLAYS_EDIT)


@transaction.atomic
def remove(*, actor: Actor, overlay_id: UUID | str) -> Overlay:
    """Delete it. Its open pages go blank; what is returned is how it was."""
    actor.require(Permission.OVERLAYS_DELETE)
    actor.account.take_turns()
    row = access.get_overlay(actor, overlay_id, Permission.OVERLAYS_DELETE)
    gone = _with_layers().get(pk=row.pk)
    list(gone.layers.all())  # read before they are gone
    record(actor, Action.OVERLAY_REMOVED, row, before=_facts(row))
    # Its key opens nothing any more. Said first: who stores events locks what this changes before any goal, too.
    rights.changed(actor.account.pk)
    row.delete()
    return gone


def address(*, actor: Actor, overlay_id: UUID | str) -> Secret:
    """What is put into OBS. Raises AddressUnreadable."""
    row = access.get_overlay(actor, overlay_id, Permission.OVERLAYS_EDIT)
    try:
        return _url(vault.key_of(row))
    except crypto.CannotDecrypt as error:
        raise AddressUnreadable from error


@transaction.atomic
def rotate(*, actor: Actor, overlay_id: UUID | str) -> Secret:
    """A new address; pages that were opened with the old one go blank at once."""
    actor.require(Permission.OVERLAYS_EDIT)
    actor.account.take_turns()
    row = access.get_overlay(actor, overlay_id, Permission.OVERLAYS_EDIT)
    key = _with_new_key(row)
    row.save(update_fields=["key_encrypted", "digest", "key_made_at"])
    record(actor, Action.OVERLAY_KEY_RENEWED, row)
    rights.changed(actor.account.pk)  # the old key opens nothing any more
    return _url(key)


def _with_layers(*, has_configs: bool = True) -> QuerySet[Overlay]:
    ordered = Layer.objects.order_by("position")
    layers = Prefetch("layers", ordered if has_configs else ordered.defer("config"))
    return Overlay.objects.select_related("account", "changed_by").prefetch_related(layers)


def _add(row: Overlay) -> None:
    """Store a new row, and a key for it."""
    if Overlay.objects.filter(account=row.account).count() >= MOST_OVERLAYS:
        raise TooManyOverlays(limit=MOST_OVERLAYS)
    _check_name(row)
    _with_new_key(row)
    row.save(force_insert=True)


def _with_new_key(row: Overlay) -> Secret:
    key = Secret(new_secret())
    row.key_encrypted, row.digest, row.key_made_at = vault.seal(row, key), digest(key.reveal()), timezone.now()
    return key


def _url(key: Secret) -> Secret:
    return Secret(f"{settings.LUMIO_OVERLAY_URL}/overlay/{key.reveal()}")


def _apply(row: Overlay, wanted: Changes) -> None:
    """Put `wanted` into the row, unsaved, or raise what is wrong with it."""
    if wanted.name is not None:
        row.name = one_line(wanted.name)
        if len(row.name) > NAME_LENGTH:
            raise NameTooLong(limit=NAME_LENGTH)
    for name in ("width", "height"):
        pixels = getattr(wanted, name)
        if pixels is None:
            continue
        if pixels not in SIZES:
            raise BadSize(least=SIZES[0], most=SIZES[-1])
        setattr(row, name, pixels)
    if wanted.background is not None:
        row.background = _background(wanted.background)
    if wanted.language is not None:
        known = dict(settings.LANGUAGES)
        if wanted.language not in known:
            raise NoSuchLanguage(known=", ".join(known))
        row.language = wanted.language


def _background(text: str) -> str:
    background = text.strip().lower()
    if background != TRANSPARENT and not re.fullmatch(OPAQUE, background):
        raise BadBackground
    return background


def _check_name(row: Overlay) -> None:
    if Overlay.objects.filter(account=row.account, name=row.name).exclude(pk=row.pk).exists():
        raise NameTaken(name=row.name)


def _language_of_now() -> str:
    return (translation.get_language() or settings.LANGUAGE_CODE).partition("-")[0]


def _conflict(row: Overlay) -> VersionConflict:
    name = row.changed_by.display_name if row.changed_by else "Lumio"
    return VersionConflict(name=name, at=date_format(timezone.localtime(row.changed_at), "H:i"))


def _files(row: Overlay) -> layers.Files:
    """The account's files, and those that the overlay names and that were deleted."""
    kinds = Upload.objects.filter(account=row.account).values_list("pk", "kind")
    known = {str(pk): kind for pk, kind in kinds}
    named = {str(pk) for layer in row.layers.all() for pk in definition.uploads_in(layer)}
    return layers.Files(known, named - known.keys())


def _put_layers(row: Overlay, wanted: list[dict[str, Any]]) -> None:
    """Have exactly these, in this order."""
    known = {layer.pk: layer for layer in Layer.objects.filter(overlay=row)}
    new_ids = {fields["id"] for fields in wanted} - known.keys()
    # Whoever made up an id that there is already, elsewhere, gets another one and learns nothing.
    elsewhere = set(Layer.objects.filter(pk__in=new_ids).values_list("pk", flat=True))
    kept, new = [], []
    for position, fields in enumerate(wanted):
        layer_id, type = fields["id"], fields["type"]
        if layer_id in known:
            layer = known.pop(layer_id)
            if layer.type != type:
                raise layers.BadLayer(layer=fields["name"], setting="type", takes=_now("a layer keeps its type."))
            kept.append(layer)
        else:
            layer = Layer(id=uuid4() if layer_id in elsewhere else layer_id, overlay=row, type=type)
            new.append(layer)
        layer.position = position
        for name in STORED:
            setattr(layer, name, fields[name])
    Layer.objects.filter(pk__in=known).delete()
    Layer.objects.bulk_update(kept, [*STORED, "position"])
    Layer.objects.bulk_create(new)
    goals.follow(row, [*kept, *new])


def _layers(row: Overlay) -> list[dict[str, Any]]:
    return [definition.of_layer(layer) for layer in Layer.objects.filter(overlay=row)]


def _facts(row: Overlay) -> dict[str, Any]:
    """What the audit log says of it."""
    return {
        "name": row.name,
        "size": f"{row.width}x{row.height}",
        "background": row.background,
        "language": row.language,
        "layers": list(Layer.objects.filter(overlay=row).values_list("name", flat=True)),
    }
