"""What the holder of a one-time link sees, without signing in here."""

from __future__ import annotations

from django.urls import path

from connections import link_views

urlpatterns = [
    path("connect", link_views.begun, name="connect_begun"),
    path("connect/<str:code>", link_views.by_code, name="connect_link"),
]
