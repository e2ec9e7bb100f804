from __future__ import annotations

from django.urls import path

from lumio import preflight_rest as rest

urlpatterns = [
    path("preflight", rest.PreflightList.as_view(), name="rest_preflights"),
    path("preflight/<uuid:preflight_id>", rest.PreflightDetail.as_view(), name="rest_preflight"),
    path("preflight/<uuid:preflight_id>/share", rest.PreflightShare.as_view(), name="rest_preflight_share"),
]
