"""The forms of the page of events."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.filters import LONGEST_TEXT
from accounts.paging import LAST
from connections.platforms import PLATFORMS
from events import words
from events.domain import samples
from events.domain.search import Search
from events.enums import Kind, Origin, Unit
from events.platforms import known
from lumio.lib.money import decimals

#: How a browser sends a moment, in the reader's time zone.
MOMENT = "%Y-%m-%dT%H:%M"


def platforms() -> list[tuple[str, Any]]:
    return [(slug, PLATFORMS[slug].name) for slug in known()]


class MomentField(forms.DateTimeField):
    """A moment that is one in UTC, too: the first hours and the last of all years are in no database."""

    def clean(self, value: Any) -> datetime | None:
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


def _moment(label: Any) -> MomentField:
    return MomentField(
        label=label,
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


class SearchForm(forms.Form):
    """What is looked for, from the page's address."""

    q = forms.CharField(
        label=_("Name or message"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    platform = forms.ChoiceField(
        label=_("Platform"), required=False, choices=lambda: [("", _("All platforms")), *platforms()]
    )
    group = forms.ChoiceField(
        label=_("What"), required=False, choices=lambda: [("", _("Everything")), *words.GROUPS.items()]
    )
    origin = forms.ChoiceField(
        label=_("Origin"),
        required=False,
        choices=lambda: [("", _("All origins")), ("real", _("Without tests")), *Origin.choices],
    )
    since = _moment(_("From"))
    until = _moment(_("Until"))
    before = forms.IntegerField(required=False, min_value=0, max_value=LAST, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, max_value=LAST, widget=forms.HiddenInput)

    @property
    def search(self) -> Search:
        asked, origin = self.cleaned_data, self.cleaned_data["origin"]
        kinds = words.kinds_of([asked["group"]]) if asked["group"] else list(words.SENTENCES)
        real = [one.value for one in Origin if one is not Origin.TEST]
        return Search(
            kinds=[kind for kind in kinds if kind not in words.STEPS],
            platforms=[asked["platform"]] if asked["platform"] else (),
            origins=real if origin == "real" else [origin] if origin else (),
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
        return any(self.data.get(name) for name in ("platform", "group", "origin", "since", "until"))

    @property
    def is_filtered(self) -> bool:
        return self.is_narrowed or bool(self.data.get("q"))


class TestEventForm(forms.Form):
    """A test event, as somebody puts it together who has never counted in minor units."""

    what = forms.ChoiceField(
        label=_("What happens"),
        choices=lambda: [
            (
                f"{kind} {unit}".strip(),
                f"{Kind(kind).label} ({unit.label})" if len(sample.units) > 1 else Kind(kind).label,
            )
            for kind, sample in samples.SAMPLES.items()
            for unit in sample.units or (Unit.NONE,)
        ],
    )
    platform = forms.ChoiceField(label=_("Platform"), choices=platforms)
    name = forms.CharField(label=_("Name"), required=False, max_length=samples.NAME_LENGTH)
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        min_value=Decimal("0.001"),
        max_value=samples.MOST,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    currency = forms.CharField(
        label=_("Currency"),
        required=False,
        min_length=3,
        max_length=3,
        widget=forms.TextInput(attrs={"placeholder": "USD"}),
    )
    message = forms.CharField(label=_("Message"), required=False, max_length=samples.MESSAGE_LENGTH)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> None:
        amount, what = self.cleaned_data.get("amount"), self.cleaned_data.get("what")
        if amount is None or not what:
            return
        places = decimals(self.cleaned_data.get("currency") or samples.CURRENCY) if what.endswith(Unit.MONEY) else 0
        counted = amount.scaleb(places)
        if counted != counted.to_integral_value():
            self.add_error(
                "amount",
                _("A whole number.") if not places else _("{places} decimal places at most.").format(places=places),
            )
        else:
            self.cleaned_data["amount"] = int(counted)

    @property
    def sample(self) -> dict[str, Any]:
        """What `samples.send` takes, once the form is valid."""
        kind, _space, unit = self.cleaned_data["what"].partition(" ")
        texts = {name: self.cleaned_data[name] for name in ("platform", "name", "amount", "currency", "message")}
        return {"kind": kind, "unit": unit, **texts}
