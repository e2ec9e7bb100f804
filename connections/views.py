from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.enums import Permission
from accounts.gates import page, public


@page(Permission.CONNECTIONS_READ)
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "connections/index.html")


@page(Permission.CONNECTIONS_EDIT)
def credentials(request: HttpRequest) -> HttpResponse:
    return render(request, "connections/credentials.html")


@public("x")
def callback(request: HttpRequest, platform: str) -> HttpResponse:
    return HttpResponse()
