"""The Automations page, the editor of each, and what they did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import paging, throttle
from accounts.actor import PermissionRefused
from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from automations import automation_words as words
from automations import presets, step_forms
from automations.automation_forms import AutomationForm, changes_of, initial_of
from automations.domain import access, automations
from automations.domain import runs as domain_runs
from automations.domain.offers import Offers
from automations.domain.variables import VARIABLES
from automations.enums import RunState, StepType
from automations.steps import MOST_STEPS, BadStep
from lumio.lib.errors import Refusal
from lumio.lib.secrets import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from accounts.http import ActorRequest
    from automations.models import Automation, Run
    from automations.step_forms import Draft

GET_OR_POST = ["GET", "HEAD", "POST"]
#: Runs of a page.
RUNS = 20
#: Beside which field a refusal is said.
ABOUT: dict[type[Refusal], str] = {
    automations.NameMissing: "name",
    automations.NameTooLong: "name",
    automations.NameTaken: "name",
    automations.NothingStartsIt: "kinds",
    automations.BadCommand: "command",
    automations.BadLeast: "least",
    automations.BadCooldown: "cooldown",
}


@dataclass(frozen=True)
class Shown:
    """An automation in the list, and its newest run."""

    row: Automation
    run: Run | None
    starts: str
    steps: list[tuple[str, str]]
    #: Whether a step names a tool that is not there any more.
    lacks: bool

    @property
    def run_look(self) -> tuple[str, str]:
        """Tone and icon of how the newest run went."""
        return words.RUNS[RunState(self.run.state)] if self.run else ("neutral", "clock")


@require_safe
@page(Permission.AUTOMATIONS_READ)
def index(request: ActorRequest) -> HttpResponse:
    return render(request, "automations/index.html", _list(request))


@require_safe
@page(Permission.AUTOMATIONS_READ)
def rows(request: ActorRequest) -> HttpResponse:
    """The list, for htmx."""
    context = _list(request)
    return render_part(request, "automations/_rows.html", context, looks=context["seen"])


@require_http_methods(GET_OR_POST)
@page(Permission.AUTOMATIONS_CREATE)
def new(request: ActorRequest) -> HttpResponse:
    """What to begin with; with `?from=`, and for what is sent, the editor."""
    preset = presets.PRESETS.get(request.GET.get("from", ""))
    if preset is None and request.method != "POST":
        return render(request, "automations/new.html", {"presets": presets.PRESETS, "back": _index_of(request)})
    preset = preset or presets.PRESETS["empty"]
    initial = preset.fields | {"name": "" if preset is presets.PRESETS["empty"] else str(preset.label)}

    def save(form: AutomationForm, steps: list[dict[str, Any]]) -> Automation:
        return automations.create(actor=request.actor, wanted=changes_of(form, steps))

    return _editor(request, None, initial, preset.made, save)


@require_http_methods(GET_OR_POST)
@page(Permission.AUTOMATIONS_EDIT)
def edit(request: ActorRequest, automation_id: UUID) -> HttpResponse:
    row = access.get_automation(request.actor, automation_id, Permission.AUTOMATIONS_EDIT)

    def save(form: AutomationForm, steps: list[dict[str, Any]]) -> Automation:
        version = form.cleaned_data["version"]
        return automations.save(
            actor=request.actor, automation_id=row.pk, version=version, wanted=changes_of(form, steps)
        )

    made = [{"type": step.type, "config": step.config} for step in row.steps.all()]
    return _editor(request, row, initial_of(row), made, save)


@require_POST
@page(Permission.AUTOMATIONS_EXECUTE)
def run(request: ActorRequest, automation_id: UUID) -> HttpResponse:
    try:
        throttle.require(throttle.AUTOMATION_RUNS, request.actor)
        made = domain_runs.run(actor=request.actor, automation_id=automation_id)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("{name} runs. What comes of it stands here.").format(name=made.name))
        if request.actor.can(Permission.AUTOMATIONS_HISTORY):
            return redirect("automations:runs_of", automation_id)
    return redirect(_index_of(request))


@require_POST
@page(Permission.AUTOMATIONS_EDIT)
def switch(request: ActorRequest, automation_id: UUID) -> HttpResponse:
    """`on` is 1 or 0."""
    try:
        row = automations.switch(actor=request.actor, automation_id=automation_id, on=request.POST.get("on") == "1")
    except PermissionRefused as refused:
        messages.error(request, _lacking(refused))
    else:
        said = _("{name} runs by itself from now on.") if row.enabled else _("{name} no longer runs by itself.")
        messages.success(request, said.format(name=row))
    return redirect(_index_of(request))


@require_http_methods(GET_OR_POST)
@page(Permission.AUTOMATIONS_DELETE)
def remove(request: ActorRequest, automation_id: UUID) -> HttpResponse:
    """Asks first."""
    row = access.get_automation(request.actor, automation_id, Permission.AUTOMATIONS_DELETE)
    if request.method != "POST":
        return render(request, "automations/remove.html", {"row": row, "back": _index_of(request)})
    automations.remove(actor=request.actor, automation_id=row.pk)
    messages.success(request, _("{name} is deleted. What it did stays in the history.").format(name=row))
    return redirect(_index_of(request))


@require_safe
@page(Permission.AUTOMATIONS_HISTORY)
def runs(request: ActorRequest, automation_id: UUID | None = None) -> HttpResponse:
    """What was done, newest first; of one automation, or of all. htmx asks for the list alone, which is 204 while it
    looks as it did (`?seen=`)."""
    row = automation_id and access.get_automation(request.actor, automation_id, Permission.AUTOMATIONS_HISTORY)
    before = paging.number(request.GET.get("before"), "before", 0, paging.LAST)
    shown = domain_runs.page(request.actor, RUNS, automation_id=automation_id, before=before)
    labels = _labels(Offers(request.actor))
    lines = [words.run_line(one, labels) for one in shown.rows]
    context = {
        "lines": lines,
        "automation": row,
        "older": shown.rows[-1].pk if shown.has_more else None,
        "before": before,
        "goes_on": any(one.ended_at is None for one in shown.rows),
        "seen": fingerprint([(one.run.pk, one.run.state, [line.step.state for line in one.steps]) for one in lines]),
        "back": _index_of(request),
        **_rights(request),
    }
    if "seen" not in request.GET:
        return render(request, "automations/runs.html", context)
    return render_part(request, "automations/_runs.html", context, looks=str(context["seen"]))


def _editor(
    request: ActorRequest,
    row: Automation | None,
    initial: dict[str, Any],
    made: list[dict[str, Any]],
    save: Callable[[AutomationForm, list[dict[str, Any]]], Automation],
) -> HttpResponse:
    """The form, and what was done in it: `do` adds, moves and takes away steps, draws their fields anew, or saves."""
    offers = Offers(request.actor)
    if request.method != "POST":
        return _drawn(request, row, AutomationForm(initial=initial), step_forms.drafts_of(made, offers))
    drafts = step_forms.posted(request.POST, offers)
    act, _sign, key = request.POST.get("do", "").partition(":")
    if act and act != "save":
        drafts = _changed(request, drafts, act, key, offers)
        return _drawn(request, row, AutomationForm(initial=_typed(request)), drafts)
    form = AutomationForm(request.POST)
    if form.is_valid():
        try:
            saved = save(form, step_forms.complete(drafts))
        except PermissionRefused as refused:
            form.add_error(None, _lacking(refused))
        except Refusal as refusal:
            place = refusal.params.get("step")
            if place and place <= len(drafts):
                drafts[place - 1].error = refusal.params["takes"] if isinstance(refusal, BadStep) else refusal.text
            form.add_error(ABOUT.get(type(refusal)), refusal.text)
        else:
            messages.success(request, _("{name} is saved.").format(name=saved))
            return redirect(_index_of(request))
    return _drawn(request, row, form, drafts, status=422)


def _changed(request: ActorRequest, drafts: list[Draft], act: str, key: str, offers: Offers) -> list[Draft]:
    """The drafts after what a button asks for; as they are for anything else, of which only the fields follow anew."""
    match act:
        case "add" if key in _types(request) and len(drafts) < MOST_STEPS:
            return step_forms.added(drafts, key, offers)
        case "up":
            return step_forms.moved(drafts, key, -1)
        case "down":
            return step_forms.moved(drafts, key, 1)
        case "remove":
            return [draft for draft in drafts if draft.key != key]
    return drafts


def _drawn(
    request: ActorRequest, row: Automation | None, form: AutomationForm, drafts: list[Draft], status: int = 200
) -> HttpResponse:
    """htmx asks for the steps alone."""
    context = {
        "form": form,
        "row": row,
        "drafts": drafts,
        "types": [(one.value, one.label, step_forms.ICONS[one]) for one in _types(request)],
        "is_full": len(drafts) >= MOST_STEPS,
        "most": MOST_STEPS,
        "variables": VARIABLES.items(),
        "action": request.get_full_path(),
        "back": _index_of(request),
        **_rights(request),
    }
    template = "automations/_steps.html" if request.headers.get("HX-Request") else "automations/editor.html"
    return render(request, template, context, status=status)


def _types(request: ActorRequest) -> list[StepType]:
    """Those that this person may have done."""
    return [one for one in StepType if one not in automations.RIGHTS or request.actor.can(automations.RIGHTS[one])]


def _typed(request: ActorRequest) -> dict[str, Any]:
    """What stands in the form, as it was typed: nothing of it is checked before it is saved."""
    given = request.POST
    lists = {name: given.getlist(name) for name in ("kinds", "platforms")}
    return {name: given.get(name, "") for name in AutomationForm.base_fields} | lists | {"enabled": "enabled" in given}


def _list(request: ActorRequest) -> dict[str, Any]:
    found = automations.listing(request.actor)
    newest = domain_runs.latest(request.actor) if request.actor.can(Permission.AUTOMATIONS_HISTORY) else {}
    labels = _labels(Offers(request.actor)) if found else {}
    shown = [
        Shown(
            row,
            newest.get(row.pk),
            words.starts(row),
            [(step_forms.ICONS[StepType(step.type)], words.does(step, labels)) for step in row.steps.all()],
            lacks=any(step.config.get("integration", "") not in {"", *labels} for step in row.steps.all()),
        )
        for row in found
    ]
    looks = [(one.row.pk, one.row.version, one.run and (one.run.pk, one.run.state), one.steps) for one in shown]
    return {"rows": shown, "seen": fingerprint(looks), **_rights(request)}


def _labels(offers: Offers) -> dict[str, str]:
    return {str(tool.pk): tool.label for tool in offers.tools}


def _lacking(refused: PermissionRefused) -> str:
    sentence = _("Its steps need a right that you lack: {permission}. Whoever manages the roles here can give it.")
    return sentence.format(permission=refused.permission.label)


def _rights(request: ActorRequest) -> dict[str, bool]:
    may = request.actor.can
    return {
        "may_create": may(Permission.AUTOMATIONS_CREATE),
        "may_edit": may(Permission.AUTOMATIONS_EDIT),
        "may_delete": may(Permission.AUTOMATIONS_DELETE),
        "may_run": may(Permission.AUTOMATIONS_EXECUTE),
        "may_look_back": may(Permission.AUTOMATIONS_HISTORY),
    }


def _index_of(request: ActorRequest) -> str:
    """Where to go back to: not everybody who may change automations may see them."""
    return reverse("automations:index" if request.actor.can(Permission.AUTOMATIONS_READ) else "dashboard")
