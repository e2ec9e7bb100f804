from __future__ import annotations

from django.urls import path

from tokens import popouts

app_name = "popouts"
urlpatterns = [
    path("events", popouts.events, name="events"),
    path("chat", popouts.chat, name="chat"),
    path("music", popouts.music, name="music"),
    path("obs", popouts.obs, name="obs"),
]
