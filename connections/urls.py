from __future__ import annotations

from django.urls import include, path

from connections import link_views, views

app_name = "connections"
urlpatterns = [
    path("connections", views.index, name="index"),
    path("", include("connections.bot_urls")),
    path("connections/credentials", views.credentials, name="credentials"),
    path("connections/credentials/<slug:platform>", views.save_credentials, name="save_credentials"),
    path("connections/credentials/<slug:platform>/delete", views.delete_credentials, name="delete_credentials"),
    path("connections/<slug:platform>/card", views.card, name="card"),
    path("connections/<slug:platform>/connect", views.connect, name="connect"),
    path("connections/renewal", views.renewal, name="renewal"),
    path("connections/<slug:platform>/webhook/renew", views.renew_webhook, name="renew_webhook"),
    path("connections/<slug:platform>/link", link_views.make, name="link"),
    path("connections/links/<uuid:link_id>/withdraw", link_views.withdraw, name="withdraw_link"),
    path("connections/<uuid:connection_id>/test", views.test, name="test"),
    path("connections/<uuid:connection_id>/emotes", views.refresh_emotes, name="refresh_emotes"),
    path("connections/<uuid:connection_id>/disconnect", views.disconnect, name="disconnect"),
]
