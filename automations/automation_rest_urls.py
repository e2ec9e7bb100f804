from __future__ import annotations

from django.urls import path

from automations import automation_rest as rest

urlpatterns = [
    path("automations", rest.AutomationList.as_view(), name="rest_automations"),
    path("automations/<uuid:automation_id>", rest.AutomationDetail.as_view(), name="rest_automation"),
    path("automations/<uuid:automation_id>/run", rest.AutomationRun.as_view(), name="rest_automation_run"),
    path("automations/<uuid:automation_id>/runs", rest.RunList.as_view(), name="rest_automation_runs"),
    path("runs/<int:run_id>", rest.RunDetail.as_view(), name="rest_run"),
]
