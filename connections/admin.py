"""Django admin, for operators: switching platforms off. Credentials and tokens are not shown here, nor anywhere.

Bots have a page of their own (`connections.bot_admin`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.domain.operators import operator_actor
from connections.domain import switches
from connections.models import PlatformSwitch
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest


class SwitchForm(forms.ModelForm):
    platform = forms.ChoiceField(choices=lambda: sorted(switches.names().items(), key=lambda choice: choice[1].lower()))

    class Meta:
        model = PlatformSwitch
        fields: ClassVar = ["platform", "use", "account", "reason"]
        help_texts: ClassVar = {
            "account": _("Leave empty to switch it off for everybody."),
            "reason": _("Shown to whoever is affected."),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                switches.check(PlatformSwitch(pk=self.instance.pk, **given))
            except Refusal as refusal:
                self.add_error(None, refusal.text)
        return given

    def _get_validation_exclusions(self) -> set[str]:
        """Leaves the constraints to `clean`, which has a sentence for them."""
        return super()._get_validation_exclusions() | {"use"}  # type: ignore[misc]  # not in the stubs


@admin.register(PlatformSwitch)
class PlatformSwitchAdmin(admin.ModelAdmin):
    """A row switches a use of a platform off; deleting it brings it back, with its sign-ins as they were."""

    form = SwitchForm
    list_display = ["platform", "use", "account", "reason", "created_at"]
    list_select_related: ClassVar = ["account"]
    autocomplete_fields = ["account"]

    def save_model(self, request: HttpRequest, obj: PlatformSwitch, form: Any, change: bool) -> None:
        switches.save(actor=operator_actor(request), switch=obj)

    def delete_model(self, request: HttpRequest, obj: PlatformSwitch) -> None:
        switches.delete(actor=operator_actor(request), switch=obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for switch in queryset:
            self.delete_model(request, switch)
