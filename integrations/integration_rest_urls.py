from __future__ import annotations

from django.urls import path

from integrations import integration_rest as rest

urlpatterns = [
    path("integrations", rest.IntegrationList.as_view(), name="rest_integrations"),
    path("integrations/<uuid:integration_id>", rest.IntegrationDetail.as_view(), name="rest_integration"),
    path("integrations/<uuid:integration_id>/test", rest.IntegrationTest.as_view(), name="rest_integration_test"),
    path("bridge", rest.BridgeDetail.as_view(), name="rest_bridge"),
    path("bridge/renew", rest.BridgeRenewal.as_view(), name="rest_bridge_renewal"),
]
