from __future__ import annotations

from django.urls import path

from automations import automation_views as views

app_name = "automations"
urlpatterns = [
    path("automations", views.index, name="index"),
    path("automations/list", views.rows, name="rows"),
    path("automations/new", views.new, name="new"),
    path("automations/runs", views.runs, name="runs"),
    path("automations/<uuid:automation_id>", views.edit, name="edit"),
    path("automations/<uuid:automation_id>/runs", views.runs, name="runs_of"),
    path("automations/<uuid:automation_id>/run", views.run, name="run"),
    path("automations/<uuid:automation_id>/switch", views.switch, name="switch"),
    path("automations/<uuid:automation_id>/remove", views.remove, name="remove"),
]
