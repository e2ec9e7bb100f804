"""REST, all of it under `/v1/`. Each app lists its own endpoints."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("tokens.rest_urls")),
    path("", include("connections.rest_urls")),
    path("", include("events.rest_urls")),
]
