"""The operator's page in Django admin about how this Lumio is: what `/readyz` says, and the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lumio import health
from lumio.overview import overview, troubles

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    title: str
    rows: Rows


@admin.site.admin_view
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    found = overview()
    context = {
        **admin.site.each_context(request),
        "title": _("Health"),
        "report": async_to_sync(health.report)(health.ALL),
        "sections": [Section(title, _rows(found[name], told)) for name, title, told in _sections()],
        "troubles": troubles(),
    }
    return render(request, "admin/health.html", context)


def _sections() -> list[tuple[str, str, Callable[[dict[str, Any]], Rows]]]:
    return [
        ("processes", _("Processes"), _processes),
        ("database", _("Database"), _database),
        ("valkey", _("Valkey"), _valkey),
        ("connections", _("Sign-ins at platforms"), _connections),
        ("sources", _("Live connections to platforms"), _counted),
        ("disk", _("Disk"), _disk),
    ]


def _rows(found: dict[str, Any], told: Callable[[dict[str, Any]], Rows]) -> Rows:
    if "error" in found:
        return [(_("Cannot be asked"), found["error"])]
    return told(found)


def _processes(found: dict[str, Any]) -> Rows:
    return [
        (
            name,
            _("last heard of {seconds} s ago; {number} within a day").format(**one),
        )
        for name, one in found.items()
    ]


def _database(found: dict[str, Any]) -> Rows:
    return [
        (_("Kind"), f"{found['kind']} {found['version']}"),
        (_("Size"), filesizeformat(found["bytes"])),
        (_("Events ever stored"), str(found["rows_ever"]["events"])),
        (_("Chat lines ever stored"), str(found["rows_ever"]["chat"])),
    ]


def _valkey(found: dict[str, Any]) -> Rows:
    return [
        (_("Version"), found["version"]),
        (_("Memory"), filesizeformat(found["bytes"])),
        (_("Connections"), str(found["clients"])),
        (_("Work that waits for a worker"), str(found["messages_waiting"])),
    ]


def _connections(found: dict[str, Any]) -> Rows:
    overdue = (_("Longest overdue renewal"), _("{seconds} s").format(seconds=found["overdue_seconds"]))
    return [*_counted({name: number for name, number in found.items() if name != "overdue_seconds"}), overdue]


def _counted(found: dict[str, Any]) -> Rows:
    return [(name, str(number)) for name, number in found.items()]


def _disk(found: dict[str, Any]) -> Rows:
    return [
        (name, _("{free} free of {total}").format(free=filesizeformat(one["free"]), total=filesizeformat(one["total"])))
        for name, one in found.items()
    ]
