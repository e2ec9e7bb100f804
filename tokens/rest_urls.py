from __future__ import annotations

from django.urls import path

from tokens import rest

urlpatterns = [
    path("tokens", rest.TokenList.as_view(), name="rest-tokens"),
    path("tokens/me", rest.Me.as_view(), name="rest-tokens-me"),
    path("tokens/revoked", rest.RevokedTokenList.as_view(), name="rest-tokens-revoked"),
    path("tokens/<uuid:token_id>", rest.TokenDetail.as_view(), name="rest-token"),
    path("tokens/<uuid:token_id>/pages", rest.OpenPageList.as_view(), name="rest-token-pages"),
    path("tokens/<uuid:token_id>/pages/<uuid:page_id>", rest.OpenPageDetail.as_view(), name="rest-token-page"),
]
