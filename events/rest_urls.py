from __future__ import annotations

from django.urls import path

from events import rest

urlpatterns = [
    path("events", rest.Events.as_view(), name="rest-events"),
    path("events/test", rest.TestEvents.as_view(), name="rest-test-events"),
    path("events/<int:seq>", rest.EventDetail.as_view(), name="rest-event"),
    path("events/<int:seq>/thanks", rest.EventThanks.as_view(), name="rest-event-thanks"),
    path("chat", rest.Chat.as_view(), name="rest-chat"),
    path("status", rest.Status.as_view(), name="rest-status"),
]
