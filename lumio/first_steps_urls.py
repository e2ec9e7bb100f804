from __future__ import annotations

from django.urls import path

from lumio import first_steps_views as views

urlpatterns = [
    path("dashboard/start", views.index, name="first_steps"),
    path("dashboard/start/<slug:platform>", views.index, name="first_steps"),
    path("dashboard/start/<slug:platform>/credentials", views.save_credentials, name="first_steps_credentials"),
    path("dashboard/start/<slug:platform>/test-event", views.send_test_event, name="first_steps_test_event"),
]
