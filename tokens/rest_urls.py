from __future__ import annotations

from django.urls import path

from tokens import rest

urlpatterns = [
    path("tokens", rest.TokenList.as_view(), name="rest-tokens"),
    path("tokens/me", rest.Me.as_view(), name="rest-tokens-me"),
    path("tokens/<uuid:token_id>", rest.TokenDetail.as_view(), name="rest-token"),
]
