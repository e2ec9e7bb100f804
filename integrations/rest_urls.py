from __future__ import annotations

from django.urls import path

from integrations import rest

urlpatterns = [
    path("se-tokens", rest.SeTokenList.as_view(), name="rest_se_tokens"),
    path("se-tokens/<uuid:se_token_id>", rest.SeTokenDetail.as_view(), name="rest_se_token"),
]
