"""Where platforms send people back to: one address for each, the bot's sign-in included."""

from __future__ import annotations

from django.urls import path

from connections import views

urlpatterns = [
    path("<slug:platform>/callback", views.callback, name="oauth_callback"),
    # Registered with a slash too many, which is what the platform then says at that very address.
    path("<slug:platform>/callback/", views.callback),
]
