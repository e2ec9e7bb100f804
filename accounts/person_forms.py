"""What a person may change about themselves and about an account, as forms."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Flag, Text, checked
from accounts.domain import accounts, people
from accounts.forms import EmailField
from accounts.models import Account, HourCycle, RowTimes, StreamerMode, User

if TYPE_CHECKING:
    from accounts.actor import Actor


@cache
def time_zones() -> tuple[str, ...]:
    """Every time zone this machine knows by a place's name, and UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def known_time_zone(name: str) -> str:
    """The same name. Raises REST framework's ValidationError for one that no form offers."""
    if name and name not in time_zones():
        raise serializers.ValidationError(_("This is no time zone that Lumio knows. Example: Europe/Berlin."))
    return name


class TimeZoneField(forms.ChoiceField):
    """A time zone, or none of one's own. `nobodys` says what holds then."""

    def __init__(self, *, nobodys: Any, **options: Any) -> None:
        super().__init__(
            label=_("Time zone"),
            required=False,
            choices=lambda: [("", nobodys), *((name, name.replace("_", " ")) for name in time_zones())],
            **options,
        )


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=User._meta.get_field("name").max_length,
        required=False,
        help_text=_("What your team sees. Without one, the first half of your e-mail address."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser has it")), *settings.LANGUAGES]
    )
    time_zone = TimeZoneField(nobodys=_("As the browser has it"))
    hour_cycle = forms.ChoiceField(label=_("Clock"), choices=HourCycle.choices)
    row_times = forms.ChoiceField(label=_("Times in chat and events"), choices=RowTimes.choices)
    streamer_mode = forms.ChoiceField(
        label=_("Streamer mode"),
        choices=StreamerMode.choices,
        help_text=_("Hides ids, addresses and hints of secrets on every page, on all your devices."),
    )
    wants_mail = forms.BooleanField(
        label=_("Mail me too when something needs me"),
        required=False,
        help_text=_("As when the sign-in of a platform breaks, in the accounts where you can mend it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.LUMIO_SENDS_MAIL:
            del self.fields["wants_mail"]


class EmailForm(forms.Form):
    email = EmailField(
        label=_("New e-mail address"),
        max_length=User._meta.get_field("email").max_length,
        help_text=_("You sign in with it from then on. Lumio does not try it out, so check the spelling."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class AccountForm(forms.Form):
    """A new account, or another name for one."""

    name = forms.CharField(
        label=_("Name of the account"),
        max_length=Account._meta.get_field("name").max_length,
        help_text=_("Your channel's name, for example. Your team will see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AccountSettingsForm(AccountForm):
    time_zone = TimeZoneField(nobodys=_("UTC"), help_text=_("Of the account's own days and times, whoever looks."))


class DeleteAccountForm(forms.Form):
    confirm_name = forms.CharField(
        label=_("Name of the account"),
        max_length=Account._meta.get_field("name").max_length,
        help_text=_("Type it as it stands above."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AccountInput(serializers.Serializer):
    """What of the account to change; what is left out stays."""

    name = Text(required=False, max_length=Account._meta.get_field("name").max_length)
    time_zone = Text(required=False, allow_blank=True, max_length=64, help_text="IANA name. Empty: UTC.")

    def validate_time_zone(self, name: str) -> str:
        return known_time_zone(name)


class MeInput(serializers.Serializer):
    """What of oneself to change; what is left out stays. The e-mail address is changed on the profile page only."""

    name = Text(required=False, allow_blank=True, max_length=User._meta.get_field("name").max_length)
    language = serializers.ChoiceField(
        required=False, choices=["", *dict(settings.LANGUAGES)], help_text="Empty: as the browser has it."
    )
    time_zone = Text(
        required=False, allow_blank=True, max_length=64, help_text="IANA name. Empty: as the browser has it."
    )
    hour_cycle = serializers.ChoiceField(required=False, choices=HourCycle.choices)
    row_times = serializers.ChoiceField(required=False, choices=RowTimes.choices)
    streamer_mode = serializers.ChoiceField(required=False, choices=StreamerMode.choices)
    wants_mail = Flag(required=False)

    def validate_time_zone(self, name: str) -> str:
        return known_time_zone(name)


def change_me(actor: Actor, values: Any) -> None:
    """Check what a caller sent and set it; raises ValidationError, or PersonNeeded for a popout token."""
    user = people.in_person(actor)
    people.change(user=user, address=actor.address, **checked(MeInput, values))


def change_account(actor: Actor, values: Any) -> Account:
    """The same for the actor's account; raises ValidationError, or PermissionRefused."""
    given, account = checked(AccountInput, values), actor.account
    return accounts.change(actor=actor, **{"name": account.name, "time_zone": account.time_zone} | given)
