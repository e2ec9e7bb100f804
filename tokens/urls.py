from __future__ import annotations

from django.urls import path

from tokens import views

app_name = "tokens"
urlpatterns = [
    path("", views.index, name="index"),
    path("/new", views.create, name="create"),
    path("/<uuid:token_id>/revoke", views.revoke, name="revoke"),
]
