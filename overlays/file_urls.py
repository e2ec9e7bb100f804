from __future__ import annotations

from django.urls import path

from overlays import file_views

app_name = "uploaded"
urlpatterns = [path("<path:file>", file_views.file, name="file")]
