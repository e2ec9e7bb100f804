from __future__ import annotations

from django.urls import path

from overlays import overlay_rest as rest

urlpatterns = [
    path("overlays", rest.OverlayList.as_view(), name="rest_overlays"),
    path("overlays/<uuid:overlay_id>", rest.OverlayDetail.as_view(), name="rest_overlay"),
    path("overlays/<uuid:overlay_id>/copy", rest.OverlayCopy.as_view(), name="rest_overlay_copy"),
    path("overlays/<uuid:overlay_id>/key", rest.OverlayKey.as_view(), name="rest_overlay_key"),
    path("overlays/<uuid:overlay_id>/sources", rest.OverlaySources.as_view(), name="rest_overlay_sources"),
    path("overlays/<uuid:overlay_id>/reload", rest.OverlayReload.as_view(), name="rest_overlay_reload"),
    path("overlays/goals/<uuid:goal_id>", rest.GoalDetail.as_view(), name="rest_goal"),
    path("overlays/timers/<uuid:timer_id>", rest.TimerDetail.as_view(), name="rest_timer"),
]
