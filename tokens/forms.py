"""What is asked for when a popout token is made, changed or revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts import permission_groups
from accounts.answers import Text
from accounts.enums import Permission
from accounts.models import Member
from tokens.domain import access
from tokens.domain.tokens import LABEL_LENGTH, NOTE_LENGTH, grantable
from tokens.enums import POPOUTS
from tokens.shown import PAGES

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.permission_groups import Group
    from tokens.domain.tokens import Wanted
    from tokens.enums import Popout
    from tokens.models import PopoutToken


class MemberChoice(forms.ModelChoiceField):
    def label_from_instance(self, member: Member) -> str:
        return f"{member.user.display_name} · {member.role.label}"


class TokenForm(forms.Form):
    """Offers exactly what the actor may put on a token, and what is on `token` already, if one is to be changed.
    `preset` ticks what one popout can use.
    """

    label = forms.CharField(
        label=_("Label"),
        max_length=LABEL_LENGTH,
        required=False,
        help_text=_("Where it is used, so that you know later."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
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
    pages = forms.MultipleChoiceField(label=_("Popouts"), required=False)

    def __init__(
        self, actor: Actor, *args: Any, token: PopoutToken | None = None, preset: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._grantable = grantable(actor)
        listed, pages = (token.listed, token.pages) if token else (frozenset(), [])
        self.preset = next((popout for popout in self.presets if popout.slug == preset), None)
        self._offered = [code for code in Permission if code in self._grantable or code in listed]
        #: On the token, and not the actor's to give back once it is taken away.
        self.lacking = [code for code in self._offered if code not in self._grantable]
        self.popouts = [popout for popout in POPOUTS if popout in self.presets or popout.slug in pages]
        self.fields["permissions"].choices = [(code.value, code.label) for code in self._offered]  # type: ignore[attr-defined]
        self.fields["pages"].choices = [(popout.slug, popout.label) for popout in self.popouts]  # type: ignore[attr-defined]
        ticked = self.preset.permissions if self.preset else listed
        self.initial = {"permissions": [code.value for code in ticked if code in self._offered], "pages": pages}
        if token:
            self.initial |= {"label": token.label, "member": token.member_id}
        if actor.can(Permission.MEMBERS_READ):
            chosen = Q(user__is_active=True) | Q(pk=token.member_id if token else None)
            self.fields["member"].queryset = (  # type: ignore[attr-defined]
                Member.objects.filter(chosen, account=actor.account)
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
        return permission_groups.groups(self._offered, self["permissions"].value() or [])

    @property
    def bound(self) -> list[tuple[Popout, bool]]:
        """The popouts that it can be bound to, and whether it is."""
        ticked = self["pages"].value() or []
        return [(popout, popout.slug in ticked) for popout in self.popouts]


class RevokeForm(forms.Form):
    note = forms.CharField(
        label=_("Why"),
        max_length=NOTE_LENGTH,
        required=False,
        help_text=_("Your team reads it among the revoked tokens, for 90 days."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class TokenChange(serializers.Serializer):
    """What is left out stays as it is."""

    label = Text(allow_blank=True, max_length=LABEL_LENGTH, required=False)  # type: ignore[assignment]
    permissions = serializers.ListField(child=Text(max_length=80), max_length=100, required=False)
    pages = serializers.ListField(child=Text(max_length=80), max_length=20, required=False, help_text=PAGES)
    member_id = serializers.UUIDField(
        allow_null=True, required=False, help_text="Who the audit log names for what the token does; null: nobody."
    )

    def wanted(self, actor: Actor) -> Wanted:
        """What `tokens.create` and `tokens.change` take. Raises Http404 for a member whom the account has not."""
        wanted: dict[str, Any] = dict(self.validated_data)
        if "member_id" in wanted:
            member_id = wanted.pop("member_id")
            wanted["member"] = access.get_member(actor, member_id) if member_id else None
        return cast("Wanted", wanted)


class TokenInput(TokenChange):
    label = Text(allow_blank=True, max_length=LABEL_LENGTH, default="")
    permissions = serializers.ListField(child=Text(max_length=80), max_length=100)
