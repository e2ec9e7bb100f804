"""What is asked for when a role is made or changed, on the pages and in both APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts import permission_groups
from accounts.answers import Text
from accounts.domain.roles import NAME_LENGTH
from accounts.enums import VIEWER, Permission

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.actor import Actor
    from accounts.models import Role
    from accounts.permission_groups import Group


class RoleForm(forms.Form):
    """Every permission there is; those that the actor lacks are locked, and so is everything where it `is_fixed`."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    colour = forms.CharField(
        label=_("Colour"),
        max_length=7,
        initial=VIEWER.colour,
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text=_("Of the dot beside its name."),
    )
    permissions = forms.MultipleChoiceField(label=_("Permissions"), required=False, choices=Permission.choices)

    def __init__(self, actor: Actor, *args: Any, is_fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._actor = actor
        self.is_fixed = is_fixed
        for field in self.fields.values():
            field.disabled = is_fixed

    @property
    def groups(self) -> list[Group]:
        locked = [code for code in Permission if self.is_fixed or not self._actor.can(code)]
        return permission_groups.groups(Permission, self["permissions"].value() or (), locked=locked)


def initial_of(role: Role, *, name: str | None = None, permissions: Collection[str] | None = None) -> dict[str, Any]:
    """What a form begins with for a role, or for another one like it."""
    return {
        "name": role.label if name is None else name,
        "colour": role.colour,
        "permissions": sorted(role.codes if permissions is None else permissions),
    }


class WholeRoleInput(serializers.Serializer):
    """A whole role."""

    name = Text(max_length=NAME_LENGTH)
    colour = serializers.RegexField("^#[0-9a-fA-F]{6}$", default=VIEWER.colour, help_text="As in CSS: #22c55e.")
    permissions = serializers.ListField(
        child=Text(max_length=80), max_length=len(Permission), help_text="Codes; see /v1/permissions."
    )
