"""Addresses that only take what a form sends.

They get into the address bar where a form comes back with what is wrong with it. Whoever loads one again is led to the
nearest page above it: the one that its form stands on.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from django.shortcuts import redirect
from django.urls import Resolver404, resolve

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class FormAddresses:
    """Middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET" and not request.path.startswith("/v1/"):
            return redirect(above(request.path))
        return response


def above(path: str) -> str:
    """The nearest address above `path` that leads somewhere."""
    while path := path.rstrip("/").rpartition("/")[0]:
        for address in (path, f"{path}/"):
            with suppress(Resolver404):
                if resolve(address).url_name:  # Django admin takes everything, and has no name for that
                    return address
    return "/"
