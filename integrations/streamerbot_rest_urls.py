from __future__ import annotations

from django.urls import path

from integrations import streamerbot_rest as rest

urlpatterns = [
    path("integrations/<uuid:streamerbot_id>/actions", rest.ActionList.as_view(), name="rest_actions"),
    path(
        "integrations/<uuid:streamerbot_id>/actions/<str:action_id>/run",
        rest.ActionRun.as_view(),
        name="rest_action_run",
    ),
]
