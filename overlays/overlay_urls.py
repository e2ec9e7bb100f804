from __future__ import annotations

from django.urls import path

from overlays import overlay_views as views

app_name = "overlays"
urlpatterns = [
    path("overlays", views.index, name="index"),
    path("overlays/cards", views.cards, name="cards"),
    path("overlays/new", views.new, name="new"),
    path("overlays/<uuid:overlay_id>", views.edit, name="edit"),
    path("overlays/<uuid:overlay_id>/details", views.overlay, name="overlay"),
    path("overlays/<uuid:overlay_id>/sources", views.open_pages, name="sources"),
    path("overlays/<uuid:overlay_id>/rotate", views.rotate, name="rotate"),
    path("overlays/<uuid:overlay_id>/reload", views.reload, name="reload"),
    path("overlays/<uuid:overlay_id>/duplicate", views.duplicate, name="duplicate"),
    path("overlays/<uuid:overlay_id>/remove", views.remove, name="remove"),
    path("overlays/goals/<uuid:goal_id>/reset", views.reset_goal, name="reset_goal"),
    path("overlays/timers/<uuid:timer_id>", views.control_timer, name="control_timer"),
]
