from __future__ import annotations

from django.urls import path

from lumio import preflight_views as views

urlpatterns = [
    path("dashboard/preflight", views.index, name="preflight"),
    path("dashboard/preflight/start", views.start, name="start_preflight"),
    path("dashboard/preflight/<uuid:preflight_id>", views.show, name="show_preflight"),
    path("dashboard/preflight/<uuid:preflight_id>/share", views.share, name="share_preflight"),
    path("dashboard/preflight/<uuid:preflight_id>/unshare", views.unshare, name="unshare_preflight"),
    path("shared/preflight/<str:code>", views.by_code, name="shared_preflight"),
]
