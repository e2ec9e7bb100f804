from __future__ import annotations

from django.urls import include, path

from connections import link_rest, rest

urlpatterns = [
    path("", include("connections.bot_rest_urls")),
    path("chat/", include("connections.chat_rest_urls")),
    path("", include("connections.music_rest_urls")),
    path("connections", rest.ConnectionList.as_view(), name="rest_connections"),
    path("connections/credentials", rest.CredentialsList.as_view(), name="rest_credentials_list"),
    path("connections/credentials/<slug:platform>", rest.Credentials.as_view(), name="rest_credentials"),
    path("connections/links", link_rest.ConnectLinkList.as_view(), name="rest_connect_links"),
    path("connections/links/<uuid:link_id>", link_rest.ConnectLinkDetail.as_view(), name="rest_connect_link"),
    path("connections/<slug:platform>/authorize", rest.Authorize.as_view(), name="rest_authorize"),
    path("connections/<uuid:connection_id>/test", rest.Test.as_view(), name="rest_test"),
    path("connections/<uuid:connection_id>", rest.ConnectionDetail.as_view(), name="rest_connection"),
    path("webhooks", rest.WebhookList.as_view(), name="rest_webhooks"),
    path("webhooks/renew", rest.RenewWebhook.as_view(), name="rest_renew_webhook"),
]
