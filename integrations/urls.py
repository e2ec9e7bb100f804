from __future__ import annotations

from django.urls import path

from integrations import integration_views, streamerbot_views, views

app_name = "integrations"
urlpatterns = [
    path("connections/streamelements/list", views.tokens, name="tokens"),
    path("connections/streamelements/add", views.add, name="add"),
    path("connections/streamelements/<uuid:se_token_id>/remove", views.remove, name="remove"),
    path("connections/integrations/list", integration_views.index, name="integrations"),
    path("connections/integrations/add", integration_views.choose, name="choose_integration"),
    path("connections/integrations/add/<slug:tool>", integration_views.add, name="add_integration"),
    path("connections/integrations/<uuid:integration_id>/edit", integration_views.edit, name="edit_integration"),
    path("connections/integrations/<uuid:integration_id>/switch", integration_views.switch, name="switch_integration"),
    path("connections/integrations/<uuid:integration_id>/test", integration_views.test, name="test_integration"),
    path("connections/integrations/<uuid:integration_id>/uses", integration_views.uses, name="uses"),
    path("connections/integrations/<uuid:integration_id>/remove", integration_views.remove, name="remove_integration"),
    path("connections/integrations/<uuid:streamerbot_id>/actions", streamerbot_views.index, name="actions"),
    path("connections/integrations/<uuid:streamerbot_id>/actions/run", streamerbot_views.run, name="run_action"),
    path("connections/bridge", integration_views.bridge_address, name="bridge"),
    path("connections/bridge/renew", integration_views.renew_bridge, name="renew_bridge"),
]
