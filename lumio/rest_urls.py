"""REST, all of it under `/v1/`. Each app lists its own endpoints."""

from __future__ import annotations

from django.urls import include, path

from lumio import explorers

urlpatterns = [
    path("openapi.json", explorers.openapi_document, name="openapi"),
    path("docs", explorers.docs, name="api-docs"),
    path("schema", explorers.graphql_schema, name="graphql-schema"),
    path("graphiql", explorers.graphiql, name="graphiql"),
    path("", include("accounts.rest_urls")),
    path("", include("tokens.rest_urls")),
    path("", include("connections.rest_urls")),
    path("", include("integrations.rest_urls")),
    path("", include("integrations.obs_rest_urls")),
    path("", include("integrations.integration_rest_urls")),
    path("", include("integrations.streamerbot_rest_urls")),
    path("", include("automations.automation_rest_urls")),
    path("", include("overlays.alert_rest_urls")),
    path("", include("overlays.overlay_rest_urls")),
    path("", include("overlays.panic_rest_urls")),
    path("", include("overlays.upload_rest_urls")),
    path("", include("events.rest_urls")),
    path("", include("lumio.preflight_rest_urls")),
]
