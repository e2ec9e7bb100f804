from __future__ import annotations

from django.urls import path

from overlays import page_views

app_name = "overlay"
urlpatterns = [
    # Before any key: what frames code of somebody's own is the same for all overlays, and must not learn their keys.
    path("custom", page_views.custom, name="custom"),
    path("<str:key>", page_views.page, name="page"),
    path("<str:key>/preview", page_views.preview, name="preview"),
]
