from __future__ import annotations

from django.urls import path

from connections import bot_rest as rest

urlpatterns = [
    path("bot-connections", rest.BotList.as_view(), name="rest_bots"),
    path("bot-connections/<slug:platform>", rest.BotDetail.as_view(), name="rest_bot"),
    path("bot-connections/<slug:platform>/authorize", rest.BotAuthorize.as_view(), name="rest_authorize_bot"),
    path("bot-connections/<slug:platform>/hello", rest.Hello.as_view(), name="rest_hello"),
    path("bot-status", rest.BotStatusList.as_view(), name="rest_bot_status"),
    path("bot-toggle", rest.BotToggle.as_view(), name="rest_bot_toggle"),
    path("bot-rejoin", rest.BotRejoin.as_view(), name="rest_bot_rejoin"),
]
