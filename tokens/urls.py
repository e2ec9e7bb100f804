from __future__ import annotations

from django.urls import path

from tokens import views

app_name = "tokens"
urlpatterns = [
    path("tokens", views.index, name="index"),
    path("tokens/new", views.create, name="create"),
    path("tokens/revoked", views.revoked, name="revoked"),
    path("tokens/<uuid:token_id>", views.token, name="token"),
    path("tokens/<uuid:token_id>/revoke", views.revoke, name="revoke"),
    path("tokens/<uuid:token_id>/pages/<uuid:page_id>/close", views.close_page, name="close_page"),
]
