from __future__ import annotations

from django.urls import path

from connections import views

app_name = "connections"
urlpatterns = [
    path("", views.index, name="index"),
    path("/credentials", views.credentials, name="credentials"),
    path("/credentials/<slug:platform>", views.save_credentials, name="save_credentials"),
    path("/credentials/<slug:platform>/delete", views.delete_credentials, name="delete_credentials"),
    path("/<slug:platform>/card", views.card, name="card"),
    path("/<slug:platform>/connect", views.connect, name="connect"),
    path("/<uuid:connection_id>/disconnect", views.disconnect, name="disconnect"),
]
