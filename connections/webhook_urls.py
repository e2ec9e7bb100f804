"""Where platforms deliver."""

from __future__ import annotations

from django.urls import path

from connections import webhook_views

urlpatterns = [
    path("<slug:platform>/<slug:code>", webhook_views.deliver, name="webhook"),
]
