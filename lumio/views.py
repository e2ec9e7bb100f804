"""Pages that join everything, and the ones every site has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.actor import PermissionRefused
from accounts.gates import page, public

if TYPE_CHECKING:
    from django.core.exceptions import PermissionDenied


@page()
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/index.html")


@public("says only that the process runs")
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def permission_refused(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403: names the permission and says whom to ask."""
    permission = exception.permission if isinstance(exception, PermissionRefused) else None
    return render(request, "403.html", {"permission": permission}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long, or came from elsewhere: say so and offer the way back."""
    return render(request, "403_csrf.html", status=403)
