"""What is looked for in the audit log, from the page's address."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.audit_words import grouped_actions
from accounts.domain.audit_log import GROUPS, LUMIO, Filter, of_group
from accounts.enums import Via
from accounts.filters import LONGEST_TEXT
from accounts.paging import LAST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


class DayField(forms.DateField):
    """A day of the reader's time zone, as the moment at which it begins; `ends`: at which it is over."""

    def __init__(self, *, ends: bool = False, **options: Any) -> None:
        super().__init__(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)
        self.ends = ends

    def clean(self, value: Any) -> datetime | None:
        day: date | None = super().clean(value)
        if day is None:
            return None
        try:
            day += timedelta(days=self.ends)
            return datetime.combine(day, time(), timezone.get_current_timezone()).astimezone(UTC)
        except OverflowError:  # the first and the last days of all years are in no database
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class AuditFilterForm(forms.Form):
    q = forms.CharField(
        label=_("What it was done to"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    who = forms.ChoiceField(label=_("Who"), required=False)
    what = forms.ChoiceField(
        label=_("What"), required=False, choices=lambda: [("", _("Everything")), *grouped_actions()]
    )
    via = forms.ChoiceField(label=_("How they came in"), required=False, choices=[("", _("Any way")), *Via.choices])
    since = DayField(label=_("From"))
    until = DayField(label=_("To"), ends=True)
    before = forms.IntegerField(required=False, min_value=0, max_value=LAST, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, max_value=LAST, widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: Sequence[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [("", _("Everybody")), (LUMIO, _("Lumio itself")), *((str(one), name) for one, name in people)]
        self.fields["who"].choices = known  # type: ignore[attr-defined]  # it is a ChoiceField

    @property
    def filter(self) -> Filter:
        """Once the form is valid."""
        asked = self.cleaned_data
        what = asked["what"]
        return Filter(
            who=asked["who"] or None,
            via=[asked["via"]] if asked["via"] else (),
            actions=of_group(what) if what in GROUPS else [what] if what else (),
            text=asked["q"],
            since=asked["since"],
            until=asked["until"],
        )

    @property
    def cursor(self) -> dict[str, int | None]:
        return {name: self.cleaned_data[name] for name in ("before", "after")}

    @property
    def is_narrowed(self) -> bool:
        """By more than words."""
        return any(self.data.get(name) for name in ("who", "what", "via", "since", "until"))

    @property
    def is_filtered(self) -> bool:
        return self.is_narrowed or bool(self.data.get("q"))

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The filter as it stands in the address, for the form that exports what it shows."""
        names = ("q", "who", "what", "via", "since", "until")
        return [(name, value) for name in names if (value := self.data.get(name))]
