from __future__ import annotations

from django.urls import path

from overlays import panic_views

app_name = "panic"
urlpatterns = [
    path("panic", panic_views.index, name="index"),
    path("panic/press", panic_views.press, name="press"),
    path("panic/settings", panic_views.settings, name="settings"),
]
