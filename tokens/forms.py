"""The form that makes a popout token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import permission_groups
from accounts.enums import Permission
from accounts.models import Member
from tokens.domain.tokens import LABEL_LENGTH, grantable
from tokens.enums import POPOUTS

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.permission_groups import Group
    from tokens.enums import Popout


class MemberChoice(forms.ModelChoiceField):
    def label_from_instance(self, member: Member) -> str:
        return f"{member.user.display_name} · {member.role.label}"


class TokenForm(forms.Form):
    """Offers exactly what the actor may put on a token. `preset` ticks what one popout can use."""

    label = forms.CharField(
        label=_("Label"),
        max_length=LABEL_LENGTH,
        required=False,
        help_text=_("Where it is used, so that you know later."),
    )
    member = MemberChoice(
        label=_("Assigned member"),
        queryset=Member.objects.none(),
        required=False,
        empty_label=_("Nobody in particular"),
        help_text=_("The audit log names this person. It gives no rights."),
    )
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        error_messages={"required": _("Choose at least one permission: a token without any opens nothing.")},
    )

    def __init__(self, actor: Actor, *args: Any, preset: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._grantable = grantable(actor)
        self.preset = next((popout for popout in self.presets if popout.slug == preset), None)
        self.fields["permissions"].choices = [(code.value, code.label) for code in self._grantable]  # type: ignore[attr-defined]
        self.fields["permissions"].initial = [code.value for code in self.preset.permissions] if self.preset else []
        if actor.can(Permission.MEMBERS_READ):
            self.fields["member"].queryset = (  # type: ignore[attr-defined]
                Member.objects.filter(account=actor.account, user__is_active=True)
                .select_related("user", "role")
                .order_by("user__name", "user__email")
            )
        else:
            del self.fields["member"]

    @property
    def presets(self) -> list[Popout]:
        """The popouts that a token of this actor could open."""
        return [popout for popout in POPOUTS if popout.opens in self._grantable]

    @property
    def groups(self) -> list[Group]:
        """The permissions on offer, grouped by what they are about."""
        return permission_groups.groups(self._grantable, self["permissions"].value() or [])
