from __future__ import annotations

from django.urls import path

from integrations import bridge_views

app_name = "bridge"
urlpatterns = [path("<str:secret>", bridge_views.bridge, name="page")]
