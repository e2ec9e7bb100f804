"""What is asked for when somebody is invited or gets another role, on the pages and in both APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Text
from accounts.domain import access, members
from accounts.domain.invitations import MOST_USES, NOTE_LENGTH
from accounts.enums import MODERATOR, InvitationLifetime, Permission

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models import Role

#: A slug, or an id.
ROLE_LENGTH = 40


class RoleField(forms.ChoiceField):
    """Offers the roles that the actor may give, and gives the Role."""

    def __init__(self, roles: list[Role], **options: Any) -> None:
        super().__init__(label=_("Role"), choices=[(str(role.pk), role.label) for role in roles], **options)
        self.roles = roles

    def clean(self, value: Any) -> Role:
        chosen = super().clean(value)
        return next(role for role in self.roles if str(role.pk) == chosen)


class RoleForm(forms.Form):
    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = RoleField(members.assignable(actor))


class InviteForm(RoleForm):
    lifetime = forms.TypedChoiceField(
        label=_("Works for"),
        choices=InvitationLifetime.choices,
        coerce=InvitationLifetime,
        initial=InvitationLifetime.WEEK,
    )
    max_uses = forms.IntegerField(
        label=_("How many may join with it"),
        min_value=1,
        max_value=MOST_USES,
        required=False,
        initial=1,
        help_text=_("Empty: as many as have the link."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_LENGTH,
        required=False,
        help_text=_("Whom it is for, so that you know later. Only your team sees it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["role", "lifetime", "max_uses", "note"]

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        self.order_fields(self.field_order)
        self.fields["role"].initial = self._least()

    def _least(self) -> str:
        """Moderator, whom teams are made of; else the role that allows least."""
        roles = self.fields["role"].roles  # type: ignore[attr-defined]
        return str(next((role for role in roles if role.slug == MODERATOR.slug), roles[-1]).pk) if roles else ""


class RoleInput(serializers.Serializer):
    role = Text(max_length=ROLE_LENGTH, help_text="The role's slug or id.")

    def role_of(self, actor: Actor, permission: Permission) -> Role:
        """Raises Http404 for a role that the account has not."""
        return access.get_role(actor, self.validated_data["role"], permission)


class InviteInput(RoleInput):
    lifetime = serializers.ChoiceField(choices=InvitationLifetime.choices, default=InvitationLifetime.WEEK)
    max_uses = serializers.IntegerField(
        min_value=1, max_value=MOST_USES, allow_null=True, default=1, help_text="Null: as many as have the link."
    )
    note = Text(
        max_length=NOTE_LENGTH, allow_blank=True, default="", help_text="Whom it is for; only the team sees it."
    )

    def wanted(self, actor: Actor) -> dict[str, Any]:
        """What `invitations.create` takes. Raises Http404 for a role that the account has not."""
        given = self.validated_data
        return {
            "role": self.role_of(actor, Permission.MEMBERS_CREATE),
            "lifetime": InvitationLifetime(given["lifetime"]),
            "max_uses": given["max_uses"],
            "note": given["note"],
        }
