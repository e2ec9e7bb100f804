"""Django admin, for operators: switching platforms off. Credentials and tokens are not shown here, nor anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from connections.domain import notices
from connections.models import PlatformSwitch
from connections.platforms import PLATFORMS

if TYPE_CHECKING:
    from django.http import HttpRequest


class SwitchForm(forms.ModelForm):
    platform = forms.ChoiceField(choices=[(platform.slug, platform.name) for platform in PLATFORMS.values()])

    class Meta:
        model = PlatformSwitch
        fields: ClassVar = ["platform", "use", "account", "reason"]
        help_texts: ClassVar = {
            "account": _("Leave empty to switch the platform off for everybody."),
            "reason": _("Shown on the card of whoever is affected."),
        }


@admin.register(PlatformSwitch)
class PlatformSwitchAdmin(admin.ModelAdmin):
    """A row switches a platform off; deleting it brings the platform back, with its sign-ins as they were."""

    form = SwitchForm
    list_display = ["platform", "use", "account", "reason", "created_at"]
    list_select_related: ClassVar = ["account"]
    autocomplete_fields = ["account"]

    def save_model(self, request: HttpRequest, obj: PlatformSwitch, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            _tell(obj)

    def delete_model(self, request: HttpRequest, obj: PlatformSwitch) -> None:
        with transaction.atomic():
            super().delete_model(request, obj)
            _tell(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            switches = list(queryset)
            super().delete_queryset(request, queryset)
            for switch in switches:
                _tell(switch)


def _tell(switch: PlatformSwitch) -> None:
    affected = (
        [switch.account_id]
        if switch.account_id
        else Account.objects.filter(connections__platform=switch.platform).values_list("pk", flat=True).distinct()
    )
    for account_id in affected:
        notices.connection_changed(account_id, switch.platform)
