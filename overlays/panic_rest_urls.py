from __future__ import annotations

from django.urls import path

from overlays import panic_rest

urlpatterns = [path("panic", panic_rest.PanicButton.as_view(), name="rest_panic")]
