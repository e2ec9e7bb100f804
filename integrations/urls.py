from __future__ import annotations

from django.urls import path

from integrations import views

app_name = "integrations"
urlpatterns = [
    path("connections/streamelements", views.tokens, name="tokens"),
    path("connections/streamelements/add", views.add, name="add"),
    path("connections/streamelements/<uuid:se_token_id>/remove", views.remove, name="remove"),
]
