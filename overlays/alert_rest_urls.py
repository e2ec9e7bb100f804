from __future__ import annotations

from django.urls import path

from overlays import alert_rest

urlpatterns = [
    path("alerts", alert_rest.Alerts.as_view(), name="rest_alerts"),
    path("alerts/queue", alert_rest.Queue.as_view(), name="rest_alert_queue"),
    path("alerts/settings", alert_rest.QueueSettings.as_view(), name="rest_alert_settings"),
    path("alerts/skip", alert_rest.SkipCurrent.as_view(), name="rest_alert_skip_current"),
    path("alerts/clear", alert_rest.Clear.as_view(), name="rest_alerts_clear"),
    path("alerts/<int:alert_id>", alert_rest.AlertDetail.as_view(), name="rest_alert"),
    path("alerts/<int:alert_id>/skip", alert_rest.Skip.as_view(), name="rest_alert_skip"),
    path("alerts/<int:alert_id>/replay", alert_rest.Replay.as_view(), name="rest_alert_replay"),
    path("events/<int:seq>/alert", alert_rest.EventAlert.as_view(), name="rest_event_alert"),
]
