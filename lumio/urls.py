from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.gates import public
from accounts.views import set_language
from lumio import health_page, views
from lumio.graphql import graphql

urlpatterns = [
    path("", public("only leads to the dashboard")(RedirectView.as_view(pattern_name="dashboard"))),
    path("dashboard", views.dashboard, name="dashboard"),
    path("dashboard/chat", views.chat, name="chat"),
    path("dashboard/events", views.events, name="events"),
    path("dashboard/music", views.music, name="music"),
    path("dashboard/obs", views.obs, name="obs"),
    path("dashboard/help", views.help_page, name="help"),
    path("", include("lumio.first_steps_urls")),
    path("", include("lumio.preflight_urls")),
    path("dashboard/", include("connections.urls")),
    path("dashboard/", include("integrations.urls")),
    path("dashboard/", include("tokens.urls")),
    path("dashboard/", include("automations.urls")),
    path("dashboard/", include("overlays.overlay_urls")),
    path("dashboard/", include("overlays.upload_urls")),
    path("dashboard/", include("overlays.alert_urls")),
    path("dashboard/", include("overlays.panic_urls")),
    path("connections/", include("connections.callback_urls")),
    path("", include("connections.link_urls")),
    path("popout/", include("tokens.popout_urls")),
    path("bridge/", include("integrations.bridge_urls")),
    path("overlay/", include("overlays.page_urls")),
    path("uploads/", include("overlays.file_urls")),
    path("", include("accounts.urls")),
    path("account/", include("accounts.sign_in_urls")),
    path("account/social/", include("accounts.social_urls")),
    path("language", set_language, name="set_language"),
    path("v1/webhooks/", include("connections.webhook_urls")),
    path("v1/gql", graphql, name="graphql"),
    path("v1/", include("lumio.rest_urls")),
    path("admin/bots/", include("connections.bot_admin_urls")),
    path("admin/health/", health_page.index, name="operator_health"),
    path("admin/", admin.site.urls),
]

handler400 = "lumio.views.bad_request"
handler403 = "lumio.views.permission_refused"
handler404 = "lumio.views.not_found"
handler429 = "accounts.security.too_many"
handler500 = "lumio.views.server_error"
