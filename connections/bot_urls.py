"""The pages about bots, below `/dashboard/` and in the namespace of `connections.urls`."""

from __future__ import annotations

from django.urls import path

from connections import bot_views as views

urlpatterns = [
    path("connections/bot", views.index, name="bots"),
    path("connections/bot/<slug:platform>/card", views.card, name="bot_card"),
    path("connections/bot/<slug:platform>/connect", views.connect, name="connect_bot"),
    path("connections/bot/<slug:platform>/disconnect", views.disconnect, name="disconnect_bot"),
    path("connections/bot/<slug:platform>/hello", views.say_hello, name="say_hello"),
    path("connections/bot/<slug:platform>/moderator", views.check_moderator, name="check_moderator"),
    path("bots", views.control, name="bot_control"),
    path("bots/<slug:platform>/pause", views.pause, name="pause_bot"),
    path("bots/<slug:platform>/rejoin", views.rejoin, name="rejoin_bot"),
]
