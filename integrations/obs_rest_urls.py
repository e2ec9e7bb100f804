from __future__ import annotations

from django.urls import path

from integrations import obs_rest

urlpatterns = [
    path("obs", obs_rest.ObsList.as_view(), name="rest_obs_list"),
    path("obs/<uuid:obs_id>", obs_rest.ObsDetail.as_view(), name="rest_obs"),
    path("obs/<uuid:obs_id>/acts", obs_rest.ObsActs.as_view(), name="rest_obs_acts"),
    path("obs/<uuid:obs_id>/screenshot", obs_rest.ObsScreenshot.as_view(), name="rest_obs_screenshot"),
]
