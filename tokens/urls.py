from __future__ import annotations

from django.urls import path

from tokens import views

app_name = "tokens"
urlpatterns = [
    path("tokens", views.index, name="index"),
    path("tokens/new", views.create, name="create"),
    path("tokens/<uuid:token_id>/revoke", views.revoke, name="revoke"),
]
