from __future__ import annotations

from django.urls import path

from overlays import alert_views

app_name = "alerts"
urlpatterns = [
    path("alerts", alert_views.index, name="index"),
    path("alerts/switch", alert_views.switch, name="switch"),
    path("alerts/clear", alert_views.clear, name="clear"),
    path("alerts/settings", alert_views.settings, name="settings"),
    path("alerts/<int:alert_id>/skip", alert_views.skip, name="skip"),
    path("alerts/<int:alert_id>/replay", alert_views.replay, name="replay"),
]
