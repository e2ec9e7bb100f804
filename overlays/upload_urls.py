from __future__ import annotations

from django.urls import path

from overlays import upload_views

app_name = "uploads"
urlpatterns = [
    path("uploads", upload_views.index, name="index"),
    path("uploads/<uuid:upload_id>", upload_views.upload, name="upload"),
    path("uploads/<uuid:upload_id>/remove", upload_views.remove, name="remove"),
]
