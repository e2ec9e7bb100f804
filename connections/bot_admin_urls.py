"""The operator's page about bots, in front of Django admin's own addresses."""

from __future__ import annotations

from django.urls import path

from connections import bot_admin as views

app_name = "operator_bots"
urlpatterns = [
    path("", views.index, name="index"),
    path("discord", views.save_discord, name="save_discord"),
    path("discord/check", views.check_discord, name="check_discord"),
    path("discord/remove", views.remove_discord, name="remove_discord"),
    path("<slug:platform>/credentials", views.save_credentials, name="save_credentials"),
    path("<slug:platform>/credentials/delete", views.delete_credentials, name="delete_credentials"),
    path("<slug:platform>/connect", views.connect, name="connect"),
    path("<slug:platform>/disconnect", views.disconnect, name="disconnect"),
]
