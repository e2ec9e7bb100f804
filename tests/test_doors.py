"""Who gets through which door. A new door fails here until it has a gate and a line in the table below."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from uuid import UUID

import graphene
import graphql
import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import path

from accounts.actor import Actor
from accounts.authentication import actor_from_token, actor_of_member
from accounts.domain.notifications import KINDS, Kind
from accounts.enums import ALL, Permission
from accounts.gates import ApiView
from accounts.models import Account, Member
from events.channels import TOPICS, Channel
from events.domain.presence import OpenPage
from events.enums import Kind as EventKind
from events.enums import Origin
from lumio.schema import schema
from overlays.enums import LayerType
from tests import doors, factories
from tests.automations.made import make_automation, make_run
from tests.doors import Door
from tests.pages import signed_in
from tokens.domain import tokens
from tokens.enums import NEVER_BY_TOKEN

#: Door → what it asks for: permissions, "member" (whoever is signed in or has a token), "person" (whoever is signed in,
#: also without an account) or "public".
DOORS = {
    "page /": "public",
    "page /language": "public",
    "page /connect": "public",
    "page /connect/<str:code>": "public",
    "page /setup/<str:code>": "public",
    "page /account/accounts": "member",
    "page /account/accounts/new": "member",
    "page /account/accounts/<uuid:account_id>/switch": "member",
    "page /account/accounts/<uuid:account_id>/leave": "member",
    "page /account/delete": "member",
    "page /account/streamer-mode": "member",
    "page /account/password/change/": "member",
    "page /account/password/set/": "member",
    "page /account/reset/done/": "public",
    "page /account/^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$": "public",
    "page /account/security": "member",
    "page /account/security/end-session": "member",
    "page /dashboard": "member",
    "page /dashboard/account": "account:read",
    "page /dashboard/account/delete": "account:delete",
    "page /dashboard/account/export": "account:edit",
    "page /invite": "public",
    "page /invite/<str:code>": "public",
    "page /dashboard/help": "member",
    "page /dashboard/members": "members:read",
    "page /dashboard/music": "spotify:read",
    "page /dashboard/obs": "settings:read",
    "page /dashboard/start": "member",
    "page /dashboard/start/<slug:platform>": "member",
    "page /dashboard/start/<slug:platform>/credentials": "connections:edit",
    "page /dashboard/start/<slug:platform>/test-event": "events:create",
    "page /dashboard/preflight": "connections:read",
    "page /dashboard/preflight/start": "connections:edit",
    "page /dashboard/preflight/<uuid:preflight_id>": "connections:read",
    "page /dashboard/preflight/<uuid:preflight_id>/share": "connections:edit",
    "page /dashboard/preflight/<uuid:preflight_id>/unshare": "connections:edit",
    "page /shared/preflight/<str:code>": "public",
    "page /dashboard/alerts": "events:read",
    "page /dashboard/alerts/switch": "events:create",
    "page /dashboard/alerts/clear": "events:create",
    "page /dashboard/alerts/settings": "overlays:edit",
    "page /dashboard/alerts/<int:alert_id>/skip": "events:create",
    "page /dashboard/alerts/<int:alert_id>/replay": "events:create",
    "page /dashboard/panic": "events:read",
    "page /dashboard/panic/press": "events:create",
    "page /dashboard/panic/settings": "overlays:edit",
    "page /dashboard/members/<uuid:member_id>": "members:read",
    "page /dashboard/members/<uuid:member_id>/role": "members:edit",
    "page /dashboard/members/<uuid:member_id>/remove": "members:delete",
    "page /dashboard/members/invite": "members:create",
    "page /dashboard/members/invitations/<uuid:invitation_id>/withdraw": "members:create or members:delete",
    "page /dashboard/audit": "audit:read",
    "page /dashboard/audit/export": "audit:read",
    "page /dashboard/chat": "chat:read",
    "page /dashboard/events": "events:read",
    "page /dashboard/notifications": "member",
    "page /dashboard/notifications/<int:notification_id>/read": "member",
    "page /dashboard/notifications/latest": "member",
    "page /dashboard/notifications/read": "member",
    "page /dashboard/profile": "member",
    "page /dashboard/profile/email": "member",
    "page /dashboard/connections": "connections:read",
    "page /dashboard/connections/<slug:platform>/card": "connections:read",
    "page /dashboard/connections/<slug:platform>/connect": "connections:edit",
    "page /dashboard/connections/<uuid:connection_id>/disconnect": "connections:edit",
    "page /dashboard/connections/<uuid:connection_id>/test": "connections:edit",
    "page /dashboard/connections/<uuid:connection_id>/emotes": "connections:edit",
    "page /dashboard/connections/<slug:platform>/webhook/renew": "connections:edit",
    "page /dashboard/connections/<slug:platform>/link": "connections:edit or bot-connections:create",
    "page /dashboard/connections/links/<uuid:link_id>/withdraw": "connections:edit or bot-connections:create",
    "page /dashboard/connections/renewal": "connections:read",
    "page /dashboard/bots": "bot-connections:read",
    "page /dashboard/bots/<slug:platform>/pause": "bot-connections:create",
    "page /dashboard/bots/<slug:platform>/rejoin": "bot-connections:create",
    "page /dashboard/connections/bot": "bot-connections:read",
    "page /dashboard/connections/bot/<slug:platform>/card": "bot-connections:read",
    "page /dashboard/connections/bot/<slug:platform>/connect": "bot-connections:create",
    "page /dashboard/connections/bot/<slug:platform>/disconnect": "bot-connections:delete",
    "page /dashboard/connections/bot/<slug:platform>/hello": "bot-connections:create",
    "page /dashboard/connections/bot/<slug:platform>/moderator": "bot-connections:read",
    "page /dashboard/connections/credentials": "connections:edit",
    "page /dashboard/connections/credentials/<slug:platform>": "connections:edit",
    "page /dashboard/connections/credentials/<slug:platform>/delete": "connections:edit",
    "page /dashboard/connections/streamelements/list": "connections:read",
    "page /dashboard/connections/streamelements/add": "connections:create",
    "page /dashboard/connections/streamelements/<uuid:se_token_id>/remove": "connections:delete",
    "page /dashboard/connections/integrations/list": "connections:read",
    "page /dashboard/connections/integrations/add": "connections:create",
    "page /dashboard/connections/integrations/add/<slug:tool>": "connections:create",
    "page /dashboard/connections/integrations/<uuid:integration_id>/edit": "connections:edit",
    "page /dashboard/connections/integrations/<uuid:integration_id>/switch": "connections:edit",
    "page /dashboard/connections/integrations/<uuid:integration_id>/test": "connections:edit",
    "page /dashboard/connections/integrations/<uuid:integration_id>/uses": "connections:delete",
    "page /dashboard/connections/integrations/<uuid:integration_id>/remove": "connections:delete",
    "page /dashboard/connections/integrations/<uuid:streamerbot_id>/actions": "settings:read",
    "page /dashboard/connections/integrations/<uuid:streamerbot_id>/actions/run": "obs:edit",
    "page /dashboard/connections/bridge": "connections:edit",
    "page /dashboard/connections/bridge/renew": "connections:edit",
    "page /connections/<slug:platform>/callback": "connections:edit or bot-connections:create",
    "page /connections/<slug:platform>/callback/": "connections:edit or bot-connections:create",
    "page /dashboard/roles": "roles:read",
    "page /dashboard/roles/new": "roles:create",
    "page /dashboard/roles/<uuid:role_id>": "roles:read",
    "page /dashboard/roles/<uuid:role_id>/delete": "roles:delete",
    "page /dashboard/tokens": "tokens:read",
    "page /dashboard/tokens/new": "tokens:create",
    "page /dashboard/tokens/revoked": "tokens:read",
    "page /dashboard/tokens/<uuid:token_id>": "tokens:read",
    "page /dashboard/tokens/<uuid:token_id>/revoke": "tokens:delete",
    "page /dashboard/tokens/<uuid:token_id>/pages/<uuid:page_id>/close": "tokens:edit",
    "page /bridge/<str:secret>": "public",
    "page /overlay/<str:key>": "public",
    "page /overlay/<str:key>/preview": "public",
    "page /overlay/custom": "public",
    "page /popout/chat": "chat:read",
    "page /popout/events": "events:read",
    "page /popout/music": "spotify:read",
    "page /popout/obs": "settings:read",
    "page /dashboard/automations": "automations:read",
    "page /dashboard/automations/list": "automations:read",
    "page /dashboard/automations/new": "automations:create",
    "page /dashboard/automations/runs": "automations:history",
    "page /dashboard/automations/<uuid:automation_id>": "automations:edit",
    "page /dashboard/automations/<uuid:automation_id>/runs": "automations:history",
    "page /dashboard/automations/<uuid:automation_id>/run": "automations:execute",
    "page /dashboard/automations/<uuid:automation_id>/switch": "automations:edit",
    "page /dashboard/automations/<uuid:automation_id>/remove": "automations:delete",
    "page /dashboard/overlays": "overlays:read",
    "page /dashboard/overlays/cards": "overlays:read",
    "page /dashboard/overlays/new": "overlays:create",
    "page /dashboard/overlays/<uuid:overlay_id>": "overlays:edit",
    "page /dashboard/overlays/<uuid:overlay_id>/details": "overlays:read",
    "page /dashboard/overlays/<uuid:overlay_id>/sources": "overlays:read",
    "page /dashboard/overlays/<uuid:overlay_id>/rotate": "overlays:edit",
    "page /dashboard/overlays/<uuid:overlay_id>/reload": "overlays:edit",
    "page /dashboard/overlays/<uuid:overlay_id>/duplicate": "overlays:create",
    "page /dashboard/overlays/<uuid:overlay_id>/remove": "overlays:delete",
    "page /dashboard/overlays/goals/<uuid:goal_id>/reset": "overlays:edit",
    "page /dashboard/overlays/timers/<uuid:timer_id>": "overlays:edit",
    "page /dashboard/uploads": "overlays:read",
    "page /dashboard/uploads/<uuid:upload_id>": "overlays:read",
    "page /dashboard/uploads/<uuid:upload_id>/remove": "overlays:edit",
    "page /uploads/<path:file>": "public",
    "page /v1/docs": "public",
    "page /v1/gql": "member",
    "page /v1/graphiql": "public",
    "page /v1/openapi.json": "public",
    "page /v1/schema": "public",
    "page /v1/webhooks/<slug:platform>/<slug:code>": "public",
    "GET /v1/account": "account:read",
    "PUT /v1/account": "account:edit",
    "DELETE /v1/account": "account:delete",
    "GET /v1/account/export": "account:edit",
    "GET /v1/accounts": "member",
    "POST /v1/accounts/<uuid:account_id>/switch": "member",
    "GET /v1/audit": "audit:read",
    "GET /v1/audit.csv": "audit:read",
    "GET /v1/bot-connections": "bot-connections:read",
    "DELETE /v1/bot-connections/<slug:platform>": "bot-connections:delete",
    "POST /v1/bot-connections/<slug:platform>/authorize": "bot-connections:create",
    "POST /v1/bot-connections/<slug:platform>/hello": "bot-connections:create",
    "GET /v1/bot-status": "bot-connections:read",
    "POST /v1/bot-toggle": "bot-connections:create",
    "POST /v1/bot-rejoin": "bot-connections:create",
    "GET /v1/chat": "chat:read",
    "DELETE /v1/chat/<int:seq>": "chat:delete",
    "GET /v1/chat/desk": "chat:read",
    "POST /v1/chat/messages": "chat:write",
    "GET /v1/chat/orders/<uuid:order_id>": "chat:write or chat:delete or chat:timeout or chat:ban",
    "POST /v1/chat/orders/<uuid:order_id>/undo": "chat:ban or chat:timeout",
    "DELETE /v1/chat/notes/<uuid:note_id>": "chat:notes",
    "GET /v1/chat/viewers/<slug:platform>/<str:user_id>": "chat:userinfo or events:userinfo",
    "GET /v1/chat/viewers/<slug:platform>/<str:user_id>/notes": "chat:notes",
    "POST /v1/chat/viewers/<slug:platform>/<str:user_id>/notes": "chat:notes",
    "POST /v1/chat/viewers/<slug:platform>/<str:user_id>/ban": "chat:ban",
    "POST /v1/chat/viewers/<slug:platform>/<str:user_id>/timeout": "chat:timeout",
    "POST /v1/chat/viewers/<slug:platform>/<str:user_id>/unban": "chat:ban or chat:timeout",
    "GET /v1/connections": "connections:read",
    "GET /v1/connections/<uuid:connection_id>": "connections:read",
    "DELETE /v1/connections/<uuid:connection_id>": "connections:edit",
    "POST /v1/connections/<uuid:connection_id>/test": "connections:edit",
    "POST /v1/connections/<slug:platform>/authorize": "connections:edit",
    "GET /v1/connections/credentials": "connections:edit",
    "GET /v1/connections/credentials/<slug:platform>": "connections:edit",
    "PUT /v1/connections/credentials/<slug:platform>": "connections:edit",
    "DELETE /v1/connections/credentials/<slug:platform>": "connections:edit",
    "GET /v1/connections/links": "connections:edit or bot-connections:create",
    "POST /v1/connections/links": "connections:edit or bot-connections:create",
    "GET /v1/connections/links/<uuid:link_id>": "connections:edit or bot-connections:create",
    "DELETE /v1/connections/links/<uuid:link_id>": "connections:edit or bot-connections:create",
    "GET /v1/webhooks": "connections:edit",
    "POST /v1/webhooks/renew": "connections:edit",
    "GET /v1/events": "events:read",
    "GET /v1/events/<int:seq>": "events:read",
    "PUT /v1/events/<int:seq>/thanks": "events:create",
    "DELETE /v1/events/<int:seq>/thanks": "events:create",
    "POST /v1/events/test": "events:create",
    "GET /v1/music": "spotify:read",
    "GET /v1/music/devices": "spotify:playback",
    "PUT /v1/music/device": "spotify:playback",
    "PUT /v1/music/volume": "spotify:playback",
    "POST /v1/music/play": "spotify:playback",
    "POST /v1/music/pause": "spotify:playback",
    "POST /v1/music/next": "spotify:playback",
    "POST /v1/music/previous": "spotify:playback",
    "GET /v1/me": "member",
    "PUT /v1/me": "member",
    "GET /v1/members": "members:read",
    "GET /v1/members/<uuid:member_id>": "members:read",
    "PUT /v1/members/<uuid:member_id>": "members:edit",
    "DELETE /v1/members/<uuid:member_id>": "members:delete",
    "POST /v1/members/leave": "member",
    "GET /v1/invites": "members:read",
    "POST /v1/invites": "members:create",
    "GET /v1/invites/<uuid:invitation_id>": "members:read",
    "DELETE /v1/invites/<uuid:invitation_id>": "members:create or members:delete",
    "GET /v1/invitations/<str:code>": "public",
    "POST /v1/invitations/<str:code>/accept": "person",
    "GET /v1/notifications": "member",
    "POST /v1/notifications/<int:notification_id>/read": "member",
    "POST /v1/notifications/read": "member",
    "GET /v1/se-tokens": "connections:read",
    "POST /v1/se-tokens": "connections:create",
    "GET /v1/se-tokens/<uuid:se_token_id>": "connections:read",
    "DELETE /v1/se-tokens/<uuid:se_token_id>": "connections:delete",
    "GET /v1/integrations": "connections:read",
    "POST /v1/integrations": "connections:create",
    "GET /v1/integrations/<uuid:integration_id>": "connections:read",
    "PATCH /v1/integrations/<uuid:integration_id>": "connections:edit",
    "DELETE /v1/integrations/<uuid:integration_id>": "connections:delete",
    "POST /v1/integrations/<uuid:integration_id>/test": "connections:edit",
    "GET /v1/integrations/<uuid:streamerbot_id>/actions": "settings:read",
    "POST /v1/integrations/<uuid:streamerbot_id>/actions/<str:action_id>/run": "obs:edit",
    "GET /v1/obs": "settings:read",
    "GET /v1/obs/<uuid:obs_id>": "settings:read",
    "POST /v1/obs/<uuid:obs_id>/acts": "obs:edit",
    "GET /v1/obs/<uuid:obs_id>/screenshot": "settings:read",
    "GET /v1/alerts": "events:read",
    "GET /v1/alerts/queue": "events:read",
    "PATCH /v1/alerts/queue": "events:create",
    "GET /v1/alerts/settings": "events:read",
    "PATCH /v1/alerts/settings": "overlays:edit",
    "POST /v1/alerts/skip": "events:create",
    "POST /v1/alerts/clear": "events:create",
    "GET /v1/alerts/<int:alert_id>": "events:read",
    "POST /v1/alerts/<int:alert_id>/skip": "events:create",
    "POST /v1/alerts/<int:alert_id>/replay": "events:create",
    "POST /v1/events/<int:seq>/alert": "events:create",
    "GET /v1/panic": "events:read",
    "POST /v1/panic": "events:create",
    "PATCH /v1/panic": "overlays:edit",
    "GET /v1/automations": "automations:read",
    "POST /v1/automations": "automations:create",
    "GET /v1/automations/<uuid:automation_id>": "automations:read",
    "PATCH /v1/automations/<uuid:automation_id>": "automations:edit",
    "DELETE /v1/automations/<uuid:automation_id>": "automations:delete",
    "POST /v1/automations/<uuid:automation_id>/run": "automations:execute",
    "GET /v1/automations/<uuid:automation_id>/runs": "automations:history",
    "GET /v1/runs/<int:run_id>": "automations:history",
    "GET /v1/overlays": "overlays:read",
    "POST /v1/overlays": "overlays:create",
    "GET /v1/overlays/<uuid:overlay_id>": "overlays:read",
    "PUT /v1/overlays/<uuid:overlay_id>": "overlays:edit",
    "PATCH /v1/overlays/<uuid:overlay_id>": "overlays:edit",
    "DELETE /v1/overlays/<uuid:overlay_id>": "overlays:delete",
    "POST /v1/overlays/<uuid:overlay_id>/copy": "overlays:create",
    "GET /v1/overlays/<uuid:overlay_id>/key": "overlays:edit",
    "POST /v1/overlays/<uuid:overlay_id>/key": "overlays:edit",
    "GET /v1/overlays/<uuid:overlay_id>/sources": "overlays:read",
    "POST /v1/overlays/<uuid:overlay_id>/reload": "overlays:edit",
    "GET /v1/overlays/goals/<uuid:goal_id>": "overlays:read",
    "DELETE /v1/overlays/goals/<uuid:goal_id>": "overlays:edit",
    "GET /v1/overlays/timers/<uuid:timer_id>": "overlays:read",
    "POST /v1/overlays/timers/<uuid:timer_id>": "overlays:edit",
    "GET /v1/uploads": "overlays:read",
    "POST /v1/uploads": "overlays:edit",
    "GET /v1/uploads/usage": "overlays:read",
    "GET /v1/uploads/<uuid:upload_id>": "overlays:read",
    "PATCH /v1/uploads/<uuid:upload_id>": "overlays:edit",
    "DELETE /v1/uploads/<uuid:upload_id>": "overlays:edit",
    "GET /v1/bridge": "connections:edit",
    "POST /v1/bridge/renew": "connections:edit",
    "GET /v1/members/<uuid:member_id>/rights": "members:read",
    "GET /v1/permissions": "member",
    "GET /v1/roles": "roles:read",
    "POST /v1/roles": "roles:create",
    "GET /v1/roles/<uuid:role_id>": "roles:read",
    "PUT /v1/roles/<uuid:role_id>": "roles:edit",
    "DELETE /v1/roles/<uuid:role_id>": "roles:delete",
    "GET /v1/preflight": "connections:read",
    "POST /v1/preflight": "connections:edit",
    "GET /v1/preflight/<uuid:preflight_id>": "connections:read",
    "POST /v1/preflight/<uuid:preflight_id>/share": "connections:edit",
    "DELETE /v1/preflight/<uuid:preflight_id>/share": "connections:edit",
    "GET /v1/status": "events:read or chat:read or connections:read",
    "GET /v1/tokens": "tokens:read",
    "POST /v1/tokens": "tokens:create",
    "GET /v1/tokens/me": "member",
    "GET /v1/tokens/revoked": "tokens:read",
    "GET /v1/tokens/<uuid:token_id>": "tokens:read",
    "PUT /v1/tokens/<uuid:token_id>": "tokens:edit",
    "DELETE /v1/tokens/<uuid:token_id>": "tokens:delete",
    "GET /v1/tokens/<uuid:token_id>/pages": "tokens:read",
    "DELETE /v1/tokens/<uuid:token_id>/pages/<uuid:page_id>": "tokens:edit",
    "query account": "account:read",
    "query accounts": "member",
    "query appCredentials": "connections:edit",
    "query auditLog": "audit:read",
    "query botConnections": "bot-connections:read",
    "query botStatus": "bot-connections:read",
    "query webhooks": "connections:edit",
    "query channelConnections": "connections:read",
    "query channelConnection": "connections:read",
    "query channelStatus": "events:read or chat:read or connections:read",
    "query chat": "chat:read",
    "query chatDesk": "chat:read",
    "query chatOrder": "chat:write or chat:delete or chat:timeout or chat:ban",
    "query chatViewer": "chat:userinfo or events:userinfo",
    "query connectLinks": "connections:edit or bot-connections:create",
    "query connectLink": "connections:edit or bot-connections:create",
    "query event": "events:read",
    "query events": "events:read",
    "query inviteByCode": "public",
    "query invites": "members:read",
    "query invite": "members:read",
    "query me": "member",
    "query members": "members:read",
    "query member": "members:read",
    "query myPermissions": "member",
    "query music": "spotify:read",
    "query musicDevices": "spotify:playback",
    "query notifications": "member",
    "query popoutTokens": "tokens:read",
    "query popoutToken": "tokens:read",
    "query revokedPopoutTokens": "tokens:read",
    "query memberRights": "members:read",
    "query permissionCatalogue": "member",
    "query preflight": "connections:read",
    "query preflights": "connections:read",
    "query roles": "roles:read",
    "query role": "roles:read",
    "query seTokens": "connections:read",
    "query seToken": "connections:read",
    "mutation acceptInvite": "person",
    "mutation addViewerNote": "chat:notes",
    "mutation banViewer": "chat:ban",
    "mutation deleteChatMessage": "chat:delete",
    "mutation removeViewerNote": "chat:notes",
    "mutation sendChatMessage": "chat:write",
    "mutation timeoutViewer": "chat:timeout",
    "mutation unbanViewer": "chat:ban or chat:timeout",
    "mutation undoChatOrder": "chat:ban or chat:timeout",
    "mutation createInvite": "members:create",
    "mutation deleteInvite": "members:create or members:delete",
    "mutation leaveAccount": "member",
    "mutation removeMember": "members:delete",
    "mutation updateMemberRole": "members:edit",
    "mutation createConnectLink": "connections:edit or bot-connections:create",
    "mutation authorize": "connections:edit",
    "mutation authorizeBot": "bot-connections:create",
    "mutation deleteAccount": "account:delete",
    "mutation updateAccount": "account:edit",
    "mutation createPopoutToken": "tokens:create",
    "mutation updatePopoutToken": "tokens:edit",
    "mutation closePopoutPage": "tokens:edit",
    "mutation createRole": "roles:create",
    "mutation updateRole": "roles:edit",
    "mutation deleteRole": "roles:delete",
    "mutation startPreflight": "connections:edit",
    "mutation sharePreflight": "connections:edit",
    "mutation unsharePreflight": "connections:edit",
    "mutation createSeToken": "connections:create",
    "query integrations": "connections:read",
    "query integration": "connections:read",
    "query streamerbotActions": "settings:read",
    "query obs": "settings:read",
    "query obsScreenshot": "settings:read",
    "mutation controlObs": "obs:edit",
    "query alerts": "events:read",
    "query alert": "events:read",
    "query alertQueue": "events:read",
    "query alertSettings": "events:read",
    "mutation switchAlerts": "events:create",
    "mutation skipAlert": "events:create",
    "mutation clearAlerts": "events:create",
    "mutation replayAlert": "events:create",
    "mutation playEventAlert": "events:create",
    "mutation updateAlertSettings": "overlays:edit",
    "query panic": "events:read",
    "mutation pressPanic": "events:create",
    "mutation updatePanicSettings": "overlays:edit",
    "query automations": "automations:read",
    "query automation": "automations:read",
    "query automationRuns": "automations:history",
    "query automationRun": "automations:history",
    "mutation createAutomation": "automations:create",
    "mutation updateAutomation": "automations:edit",
    "mutation deleteAutomation": "automations:delete",
    "mutation runAutomation": "automations:execute",
    "query overlays": "overlays:read",
    "query overlay": "overlays:read",
    "query overlayLayers": "overlays:read",
    "query overlaySources": "overlays:read",
    "query overlayAddress": "overlays:edit",
    "query overlayGoal": "overlays:read",
    "query overlayTimer": "overlays:read",
    "mutation createOverlay": "overlays:create",
    "mutation updateOverlay": "overlays:edit",
    "mutation updateOverlayLayers": "overlays:edit",
    "mutation copyOverlay": "overlays:create",
    "mutation deleteOverlay": "overlays:delete",
    "mutation renewOverlayKey": "overlays:edit",
    "mutation reloadOverlay": "overlays:edit",
    "mutation resetOverlayGoal": "overlays:edit",
    "mutation controlOverlayTimer": "overlays:edit",
    "query uploads": "overlays:read",
    "query upload": "overlays:read",
    "query uploadUsage": "overlays:read",
    "mutation renameUpload": "overlays:edit",
    "mutation deleteUpload": "overlays:edit",
    "query bridge": "connections:edit",
    "mutation createIntegration": "connections:create",
    "mutation updateIntegration": "connections:edit",
    "mutation deleteIntegration": "connections:delete",
    "mutation runStreamerbotAction": "obs:edit",
    "mutation testIntegration": "connections:edit",
    "mutation renewBridge": "connections:edit",
    "mutation deleteAppCredentials": "connections:edit",
    "mutation deletePopoutToken": "tokens:delete",
    "mutation deleteSeToken": "connections:delete",
    "mutation emitEvent": "events:create",
    "mutation tickThanks": "events:create",
    "mutation disconnect": "connections:edit",
    "mutation disconnectBot": "bot-connections:delete",
    "mutation renewWebhook": "connections:edit",
    "mutation rejoinBot": "bot-connections:create",
    "mutation sayHello": "bot-connections:create",
    "mutation toggleBotForPlatform": "bot-connections:create",
    "mutation controlMusic": "spotify:playback",
    "mutation setMusicVolume": "spotify:playback",
    "mutation moveMusic": "spotify:playback",
    "mutation markAllNotificationsRead": "member",
    "mutation markNotificationRead": "member",
    "mutation saveAppCredentials": "connections:edit",
    "mutation testConnection": "connections:edit",
    "mutation updateMe": "member",
    "mutation withdrawConnectLink": "connections:edit or bot-connections:create",
    "socket alerts": "events:read",
    "socket chat": "chat:read",
    "socket events": "events:read",
    "socket music": "spotify:read",
    "socket obs": "settings:read",
    "socket status": "events:read or chat:read or connections:read",
}

#: Pages that are only sent to, never looked at.
POSTED = {
    "page /account/security/end-session",
    "page /account/accounts/<uuid:account_id>/switch",
    "page /account/accounts/<uuid:account_id>/leave",
    "page /account/streamer-mode",
    "page /dashboard/members/<uuid:member_id>/role",
    "page /dashboard/members/<uuid:member_id>/remove",
    "page /dashboard/members/invitations/<uuid:invitation_id>/withdraw",
    "page /dashboard/audit/export",
    "page /dashboard/bots/<slug:platform>/pause",
    "page /dashboard/bots/<slug:platform>/rejoin",
    "page /dashboard/connections/bot/<slug:platform>/connect",
    "page /dashboard/connections/bot/<slug:platform>/disconnect",
    "page /dashboard/connections/bot/<slug:platform>/hello",
    "page /dashboard/connections/bot/<slug:platform>/moderator",
    "page /dashboard/connections/<slug:platform>/connect",
    "page /dashboard/connections/<uuid:connection_id>/disconnect",
    "page /dashboard/connections/<uuid:connection_id>/test",
    "page /dashboard/connections/<uuid:connection_id>/emotes",
    "page /dashboard/connections/links/<uuid:link_id>/withdraw",
    "page /dashboard/connections/<slug:platform>/webhook/renew",
    "page /dashboard/connections/streamelements/<uuid:se_token_id>/remove",
    "page /dashboard/connections/integrations/<uuid:integration_id>/switch",
    "page /dashboard/connections/integrations/<uuid:integration_id>/test",
    "page /dashboard/connections/integrations/<uuid:integration_id>/remove",
    "page /dashboard/connections/integrations/<uuid:streamerbot_id>/actions/run",
    "page /dashboard/start/<slug:platform>/credentials",
    "page /dashboard/start/<slug:platform>/test-event",
    "page /dashboard/preflight/start",
    "page /dashboard/preflight/<uuid:preflight_id>/share",
    "page /dashboard/preflight/<uuid:preflight_id>/unshare",
    "page /dashboard/alerts/switch",
    "page /dashboard/alerts/settings",
    "page /dashboard/alerts/<int:alert_id>/skip",
    "page /dashboard/alerts/<int:alert_id>/replay",
    "page /dashboard/panic/press",
    "page /dashboard/panic/settings",
    "page /dashboard/connections/bridge/renew",
    "page /dashboard/connections/credentials/<slug:platform>",
    "page /dashboard/connections/credentials/<slug:platform>/delete",
    "page /dashboard/notifications/<int:notification_id>/read",
    "page /dashboard/notifications/read",
    "page /dashboard/roles/<uuid:role_id>/delete",
    "page /dashboard/tokens/<uuid:token_id>/pages/<uuid:page_id>/close",
    "page /dashboard/automations/<uuid:automation_id>/run",
    "page /dashboard/automations/<uuid:automation_id>/switch",
    "page /dashboard/overlays/<uuid:overlay_id>/rotate",
    "page /dashboard/overlays/<uuid:overlay_id>/reload",
    "page /dashboard/overlays/<uuid:overlay_id>/duplicate",
    "page /dashboard/overlays/goals/<uuid:goal_id>/reset",
    "page /dashboard/overlays/timers/<uuid:timer_id>",
}

#: What a member needs besides: to find the row behind a door that asks for no permission, or to see the page that a
#: form stands on, which comes back with what is wrong.
ROWS = {
    "page /dashboard/notifications/<int:notification_id>/read": {"connections:read"},
    "POST /v1/notifications/<int:notification_id>/read": {"connections:read"},
    "mutation markNotificationRead": {"connections:read"},
    "page /dashboard/alerts/settings": {"events:read"},
    "page /dashboard/panic/settings": {"events:read", "obs:edit"},
    "PATCH /v1/panic": {"obs:edit"},
    "mutation updatePanicSettings": {"obs:edit"},
}


def found() -> list[Door]:
    return [*doors.urls(), *doors.fields(schema), *doors.topics()]


def test_every_door_has_a_gate():
    assert [door.name for door in found() if door.gate is None] == []


def test_every_door_asks_for_what_the_table_says():
    assert {door.name: door.asks for door in found()} == DOORS


def test_public_doors_say_why():
    assert [door.name for door in found() if door.asks == "public" and not door.gate.reason] == []


def test_the_doors_of_libraries_are_there(client, db):
    for route in doors.OF_LIBRARIES:
        assert client.get(route).status_code in {200, 302}, route


class TestTheWalkFinds:
    """What the tests above would miss if the walk did."""

    def of(self, *patterns: Any) -> list[Door]:
        urlconf = ModuleType("urlconf")
        urlconf.urlpatterns = list(patterns)
        return list(doors.urls(doors.get_resolver(urlconf)))

    def test_a_view_without_a_gate(self):
        assert self.of(path("leak", lambda request: HttpResponse())) == [Door("page /leak", None)]

    def test_an_endpoints_method_without_a_gate(self):
        class Endpoint(ApiView):
            gates = {"GET": Permission.TOKENS_READ}

            def get(self, request): ...

            def delete(self, request): ...

        assert [(door.name, door.asks) for door in self.of(path("v1/x", Endpoint.as_view()))] == [
            ("GET /v1/x", "tokens:read"),
            ("DELETE /v1/x", "NOTHING AT ALL"),
        ]

    def test_a_view_next_to_a_librarys_door(self):
        assert [door.name for door in self.of(path("account/login/extra", lambda request: HttpResponse()))] == [
            "page /account/login/extra"
        ]

    def test_a_resolver_without_a_gate(self):
        class Query(graphene.ObjectType):
            leak = graphene.String()
            plain = graphene.String()

            def resolve_leak(root, info):
                return "secret"

        assert [door.gate for door in doors.fields(graphene.Schema(query=Query))] == [None, None]


# --- What each caller gets ------------------------------------------------------------------------------------------


class House:
    """Ada's account with a row behind every id, and the callers who try its doors."""

    OWN = (
        "token_id", "connection_id", "link_id", "se_token_id", "member_id", "invitation_id", "role_id", "order_id",
        "note_id", "integration_id", "obs_id", "streamerbot_id", "overlay_id", "upload_id",
        "automation_id", "preflight_id",
    )  # fmt: skip

    def __init__(self, account: Account, owner: Actor) -> None:
        self.account = account
        self.owner = owner
        token, _ = factories.make_token(actor=owner, permissions={"events:read"})
        factories.make_credentials(account=account)
        # Over, so that no door asks the platform.
        connection = factories.make_connection(account=account, state="needs_sign_in", failure_code="grant_ended")
        factories.make_connection(
            account=account, purpose="bot", channel_id="1002", state="needs_sign_in", failure_code="grant_ended"
        )
        event = factories.make_event(account=account)
        line = factories.make_event(account=account, kind=EventKind.CHAT_MESSAGE, origin=Origin.LIVE, message="Hello")
        invitation, code = factories.make_invitation(actor=owner)
        self.ids = {
            "member_id": factories.make_member(account=account).pk,
            "invitation_id": invitation.pk,
            "role_id": factories.make_role(account=account, permissions={"events:read"}).pk,
            "code": code.reveal(),
            "token_id": token.pk,
            "page_id": factories.OPEN_PAGE.id,
            "connection_id": connection.pk,
            "account_id": account.pk,
            "link_id": factories.make_link(actor=owner)[0].pk,
            "se_token_id": factories.make_se_token(account=account).pk,
            "integration_id": factories.make_integration(account=account).pk,
            "obs_id": factories.make_integration(account=account, label="Laptop").pk,
            "streamerbot_id": factories.make_integration(account=account, tool="streamerbot").pk,
            "action_id": "4711",
            "tool": "obs",
            "notification_id": factories.make_notification(account=account).pk,
            "platform": "twitch",
            "alert_id": factories.make_alert(account=account, plays=True).pk,
            "overlay_id": (overlay := factories.make_overlay(account=account)).pk,
            "goal_id": factories.make_goal(overlay=overlay).pk,
            "timer_id": factories.make_layer(overlay=overlay, type=LayerType.TIMER).pk,
            "upload_id": factories.make_upload(account=account).pk,
            "automation_id": make_automation(account=account).pk,
            "run_id": make_run(account=account).pk,
            "preflight_id": factories.make_preflight(account=account).pk,
            "seq": event.seq,
            "user_id": line.actor_id,
            "message_id": line.external_id,
            "order_id": factories.make_order(account=account).pk,
            "note_id": factories.make_note(account=account).pk,
        }

    @property
    def own_ids(self) -> list[UUID]:
        """What no stranger may ever see."""
        return [self.account.pk, *(self.ids[name] for name in self.OWN)]

    def member(self, permissions: set[str] | frozenset[str]) -> Client:
        member = factories.make_member(account=self.account, permissions=permissions)
        return signed_in(member.user)

    def token(self, permissions: set[str] | frozenset[str], *, revoked: bool = False) -> str:
        offered = permissions & set(tokens.grantable(self.owner))
        token, secret = factories.make_token(actor=self.owner, permissions=offered or {"overlays:read"})
        if revoked:
            tokens.revoke(actor=self.owner, token=token)
        return secret.reveal()


class FullHouse(House):
    """One for many tests, each of which leaves it as it was: with everybody who may come to any door."""

    def __init__(self, account: Account, owner: Actor) -> None:
        super().__init__(account, owner)
        sets = {ALL, *(asked | ROWS.get(door, set()) for door in DOORS for asked in (wanted(door), ALL - wanted(door)))}
        self._members = {permissions: super(FullHouse, self).member(permissions) for permissions in sets}
        self._tokens = {permissions: super(FullHouse, self).token(permissions) for permissions in sets}
        stranger = factories.make_user()
        factories.make_account(owner=stranger, name="Cleo plays")
        self.stranger = signed_in(stranger)
        self._lost = self._make_lost_tokens()

    def member(self, permissions: set[str] | frozenset[str]) -> Client:
        return self._members[frozenset(permissions)]

    def token(self, permissions: set[str] | frozenset[str], *, revoked: bool = False) -> str:
        return super().token(permissions, revoked=True) if revoked else self._tokens[frozenset(permissions)]

    def lost_token(self, permissions: frozenset[str]) -> str:
        """A token for what its creator could do once."""
        return self._lost[permissions]

    def _make_lost_tokens(self) -> dict[frozenset[str], str]:
        member = factories.make_member(account=self.account, permissions=ALL)
        actor = actor_of_member(member)
        lost = {}
        for asked in {wanted(door) for door in DOORS}:
            _, secret = factories.make_token(actor=actor, permissions=asked & TO_TOKENS or {"overlays:read"})
            lost[asked] = secret.reveal()
        member.role.permissions = []
        member.role.save()
        return lost


@pytest.fixture(scope="module")
def full_house(django_db_setup: None, django_db_blocker: Any) -> Iterator[FullHouse]:
    """Made once for all tests here, in a transaction that theirs lie within."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, factories.KIND.code, factories.KIND)
        owner = factories.make_user(email="owner@example.com", name="Ada")
        account = factories.make_account(owner=owner, name="Ada live")
        yield FullHouse(account, actor_of_member(Member.objects.select_related("account", "user", "role").get()))
        transaction.set_rollback(True)


@pytest.fixture
def house(full_house: FullHouse, db: None, kind: Kind, open_page: OpenPage) -> FullHouse:
    return full_house


def named(kinds: str, *, gated: bool = True) -> list[str]:
    """The table's doors of these kinds ("page", "GET POST", …); gated: only those that ask for a permission."""
    return [
        name
        for name, asks in DOORS.items()
        if name.split()[0] in kinds.split() and (":" in asks if gated else asks != "public")
    ]


PAGES = [name for name in named("page", gated=False) if not name.startswith(("page /popout/", "page /v1/"))]
POPOUTS = [name for name in named("page") if name.startswith("page /popout/")]
REST = named("GET POST PUT PATCH DELETE", gated=False)
#: What an invitation's holder, a stranger so far, is told of its account.
BY_CODE = {"POST /v1/invitations/<str:code>/accept"}
FIELDS = named("query mutation", gated=False)
BY_ID = [f"mutation {name}" for name, field in schema.graphql_schema.mutation_type.fields.items() if "id" in field.args]


#: What a popout token can hold.
TO_TOKENS = ALL - NEVER_BY_TOKEN


def wanted(door: str) -> frozenset[str]:
    return frozenset(DOORS[door].split(" or ")) if ":" in DOORS[door] else frozenset()


def knock(
    client: Client, door: str, house: House, *, token: str = "", data: dict[str, str] | None = None
) -> HttpResponse:
    kind, route = door.split()
    address = re.sub(r"<\w+:(\w+)>", lambda match: str(house.ids[match[1]]), route)
    method = kind if kind != "page" else "POST" if door in POSTED else "GET"
    query = f"?token={token}" if token else ""
    if method in {"GET", "DELETE"}:
        return whole(client.generic(method, address + query))
    if kind == "page":
        return whole(client.post(address + query, data or {}))
    return client.generic(method, address + query, "{}", content_type="application/json")


def whole(response: HttpResponse) -> HttpResponse:
    """A download that has only begun, as an answer without a body."""
    return HttpResponse(status=response.status_code, headers=response.headers) if response.streaming else response


#: Whose id a field's `id` is, where it is not a token's.
OWN_IDS = {
    "channelConnection": "connection_id",
    "disconnect": "connection_id",
    "testConnection": "connection_id",
    "markNotificationRead": "notification_id",
    "chatOrder": "order_id",
    "chatViewer": "user_id",
    "addViewerNote": "user_id",
    "banViewer": "user_id",
    "timeoutViewer": "user_id",
    "unbanViewer": "user_id",
    "removeViewerNote": "note_id",
    "undoChatOrder": "order_id",
    "connectLink": "link_id",
    "withdrawConnectLink": "link_id",
    "member": "member_id",
    "removeMember": "member_id",
    "updateMemberRole": "member_id",
    "memberRights": "member_id",
    "role": "role_id",
    "updateRole": "role_id",
    "deleteRole": "role_id",
    "invite": "invitation_id",
    "deleteInvite": "invitation_id",
    "seToken": "se_token_id",
    "deleteSeToken": "se_token_id",
    "alert": "alert_id",
    "skipAlert": "alert_id",
    "replayAlert": "alert_id",
    "playEventAlert": "seq",
    "integration": "integration_id",
    "updateIntegration": "integration_id",
    "deleteIntegration": "integration_id",
    "testIntegration": "integration_id",
    **dict.fromkeys(
        ("automation", "automationRuns", "updateAutomation", "deleteAutomation", "runAutomation"), "automation_id"
    ),
    "automationRun": "run_id",
    **dict.fromkeys(("preflight", "sharePreflight", "unsharePreflight"), "preflight_id"),
    "overlay": "overlay_id",
    "overlayLayers": "overlay_id",
    "overlaySources": "overlay_id",
    "overlayAddress": "overlay_id",
    "overlayGoal": "goal_id",
    "overlayTimer": "timer_id",
    "updateOverlay": "overlay_id",
    "updateOverlayLayers": "overlay_id",
    "copyOverlay": "overlay_id",
    "deleteOverlay": "overlay_id",
    "renewOverlayKey": "overlay_id",
    "reloadOverlay": "overlay_id",
    "resetOverlayGoal": "goal_id",
    "controlOverlayTimer": "timer_id",
    "upload": "upload_id",
    "renameUpload": "upload_id",
    "deleteUpload": "upload_id",
    "obsScreenshot": "obs_id",
    "controlObs": "obs_id",
    "streamerbotActions": "streamerbot_id",
    "runStreamerbotAction": "streamerbot_id",
}


def called(client: Client, door: str, house: House, *, token: str = "") -> HttpResponse:
    """The answer to whoever knocks at a door of any kind."""
    if door.split()[0] in {"query", "mutation"}:
        return ask(client, door, house, token=token)
    return knock(client, door, house, token=token)


def ask(client: Client, door: str, house: House, *, token: str = "") -> HttpResponse:
    """The answer of a GraphQL field, asked with made-up arguments and Ada's ids."""
    kind, name = door.split()
    root = schema.graphql_schema.query_type if kind == "query" else schema.graphql_schema.mutation_type
    field = root.fields[name]
    arguments = ", ".join(
        f"{argument}: {made_up(definition.type, house.ids[OWN_IDS.get(name, 'token_id')])}"
        for argument, definition in field.args.items()
    )
    query = f"{kind} {{ {name}{f'({arguments})' if arguments else ''} {selection(field.type)} }}"
    address = "/v1/gql" + (f"?token={token}" if token else "")
    return client.post(address, {"query": query}, content_type="application/json")


#: Names of inputs that cannot be made up.
AS_IS = {"role": '"viewer"'}


def made_up(kind: Any, own_id: UUID | int) -> str:
    """A literal of a GraphQL input type; an id is `own_id`."""
    kind = graphql.get_nullable_type(kind)
    if graphql.is_list_type(kind):
        return "[]"
    if graphql.is_input_object_type(kind):
        needed = {key: field for key, field in kind.fields.items() if graphql.is_required_input_field(field)}
        return (
            "{"
            + ", ".join(f"{key}: {AS_IS.get(key) or made_up(field.type, own_id)}" for key, field in needed.items())
            + "}"
        )
    if graphql.is_enum_type(kind):
        return next(iter(kind.values))
    number = own_id if isinstance(own_id, int) else 1
    return json.dumps(
        {"Int": 1, "BigInt": number, "Float": 1.5, "Boolean": True, "ID": str(own_id), "String": "twitch"}[kind.name]
    )


def selection(kind: Any) -> str:
    """The first leaf below an output type."""
    kind = graphql.get_named_type(kind)
    if graphql.is_leaf_type(kind):
        return ""
    name, field = next(iter(kind.fields.items()))
    return f"{{ {name} {selection(field.type)} }}"


#: Whether a caller has what the door asks for, is sent to sign in, lacks a right, or finds that there is nothing.
IN, SIGN_IN, REFUSED, GONE = "comes in", "is asked who they are", "is refused", "finds nothing"
CALLERS = (
    "nobody",
    "a dead token",
    "a member with everything else",
    "a member with that alone",
    "a stranger with everything",
    "a token with that alone",
    "a token with everything else",
    "a token whose creator lost it",
)
#: Codes of refusals that say what somebody may not do.
REFUSALS = {"permission_refused", "session_only"}


@pytest.mark.parametrize("door", [*PAGES, *POPOUTS, *REST, *FIELDS])
def test_every_caller_gets_what_they_may(house, door):
    got = {}
    for caller in CALLERS:
        with transaction.atomic():
            got[caller] = outcome(door, caller, house)
            transaction.set_rollback(True)

    allowed = expected(door)
    assert {caller: word for caller, word in got.items() if word not in allowed[caller]} == {}, allowed


def outcome(door: str, caller: str, house: House) -> str:
    """What comes of one caller's knock at a door, in a word."""
    asked = wanted(door)
    client, token = {
        "nobody": lambda: (Client(HTTP_HOST="localhost"), ""),
        "a dead token": lambda: (Client(HTTP_HOST="localhost"), house.token(asked, revoked=True)),
        "a member with everything else": lambda: (house.member(ALL - asked), ""),
        "a member with that alone": lambda: (house.member(asked | ROWS.get(door, set())), ""),
        "a stranger with everything": lambda: (house.stranger, ""),
        "a token with that alone": lambda: (Client(HTTP_HOST="localhost"), house.token(asked | ROWS.get(door, set()))),
        "a token with everything else": lambda: (Client(HTTP_HOST="localhost"), house.token(ALL - asked)),
        "a token whose creator lost it": lambda: (Client(HTTP_HOST="localhost"), house.lost_token(asked)),
    }[caller]()
    response = called(client, door, house, token=token)
    if "stranger" in caller and door not in BY_CODE:
        content = response.content.decode()
        assert not [own for own in (house.account.name, *map(str, house.own_ids)) if own in content], door
    codes = codes_of(response)
    assert response.status_code < 500 and "internal_error" not in codes, (door, caller, response.content[:500])
    if response.status_code == 401 or response.get("Location", "").startswith("/account/login/"):
        assert "token" not in response.get("Location", "").replace("/dashboard/tokens", ""), door
        return SIGN_IN
    if codes & REFUSALS or (response.status_code == 403 and not codes):
        if "member" in caller:
            named = [name for code in asked for name in (code, str(Permission(code).label))]
            assert any(name in response.content.decode() for name in named), (door, response.content[:500])
        return REFUSED
    return GONE if response.status_code == 404 or "not_found" in codes else IN


def expected(door: str) -> dict[str, set[str]]:
    """For each caller what may come of it."""
    asked = wanted(door)
    if door in PAGES:
        tokens_get = {caller: {SIGN_IN} for caller in CALLERS if "token" in caller}
    else:
        # What belongs to a person is refused to every token, which tests of its own show.
        allowed = {IN} if asked and asked <= TO_TOKENS else {REFUSED} if asked else {IN, REFUSED}
        others = {REFUSED} if asked else {IN, REFUSED}
        tokens_get = {
            "a dead token": {SIGN_IN},
            "a token with that alone": allowed if len(asked) < 2 else {IN, REFUSED},
            "a token with everything else": others,
            "a token whose creator lost it": others,
        }
    if DOORS[door] == "person":
        tokens_get = {caller: {SIGN_IN, REFUSED} for caller in tokens_get}
    return tokens_get | {
        "nobody": {SIGN_IN},
        "a member with everything else": {REFUSED} if asked else {IN},
        "a member with that alone": {IN},
        "a stranger with everything": {GONE} if by_own_id(door) else {IN, GONE},
    }


def by_own_id(door: str) -> bool:
    """Whether the door names a row of the account, which is nobody else's."""
    kind, name = door.split()
    if kind in {"query", "mutation"}:
        return door in BY_ID
    return bool(re.search(r"<\w+:\w+_id>", name))


def codes_of(response: HttpResponse) -> set[str]:
    """The codes of what an API refused."""
    if "json" not in response.get("Content-Type", "") or not response.content:
        return set()
    body = json.loads(response.content)
    return {body["code"]} if "code" in body else {error["extensions"]["code"] for error in body.get("errors", [])}


class TestPages:
    @pytest.mark.parametrize("door", [door for door in PAGES if door not in POSTED])
    def test_every_form_names_the_account_it_was_made_for(self, house, door):
        content = knock(house.member(ALL), door, house).content.decode()

        forms = re.findall(r'<form[^>]* method="post".*?</form>', content, re.DOTALL)
        ours = [form for form in forms if not re.search(r'action="/(account|language)', form)]
        assert [form for form in ours if f'name="account" value="{house.account.pk}"' not in form] == []

    def test_none_takes_more_than_a_dozen_queries(self, house):
        client, taken = house.member(ALL), {}
        knock(client, "page /dashboard/help", house)  # the first page of a session also notes where it was begun
        for door in [door for door in PAGES if door not in POSTED]:
            knock(client, door, house)  # some make on the first look what they show: an address, a secret
            with CaptureQueriesContext(connection) as queries:
                knock(client, door, house)
            taken[door] = len(queries)

        assert {door: number for door, number in taken.items() if number > 12} == {}

    @pytest.mark.parametrize("door", sorted(POSTED))
    def test_nothing_sent_for_another_account_is_done(self, house, door):
        response = knock(house.member(ALL), door, house, data={"account": str(UUID(int=1))})

        assert response.status_code == 409

    @pytest.mark.parametrize("door", sorted(POSTED))
    def test_a_page_that_is_only_sent_to_leads_to_the_one_with_its_form(self, house, door):
        address = door.split()[1]
        for name, value in house.ids.items():
            address = re.sub(rf"<\w+:{name}>", str(value), address)

        response = house.member(ALL).get(address, follow=True)

        page = response.request["PATH_INFO"]
        assert response.status_code == 200
        assert address.startswith(page) or page == "/dashboard"
        assert "<main" in response.content.decode()


@pytest.mark.parametrize("door", POPOUTS)
def test_beside_a_dead_token_the_session_does_not_count(house, door):
    assert knock(house.member(ALL), door, house, token="made-up").status_code == 401


class TestAdmin:
    """Django admin asks for `is_staff`, whatever somebody is in an account."""

    PAGES = sorted(
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/{more}"
        for model in admin.site._registry
        for more in ("", "add/")
    )

    @pytest.mark.parametrize("address", ["/admin/", *PAGES, "/admin/bots/"])
    def test_only_operators_come_in(self, house, address):
        operator = factories.make_user()
        operator.is_staff = operator.is_superuser = True
        operator.save()
        nobody = Client(HTTP_HOST="localhost")

        kept_out = [
            nobody.get(address),
            house.member(ALL).get(address),
            house.stranger.get(address),
            nobody.get(f"{address}?token={house.token(ALL)}"),
        ]

        assert [response.status_code for response in kept_out] == [302] * 4
        assert all("/login/" in response["Location"] for response in kept_out)
        assert signed_in(operator).get(address).status_code in {200, 403}  # 403: nothing is added by hand there


@pytest.mark.parametrize("topic", TOPICS)
def test_every_caller_hears_what_they_may(house, topic):
    asked = frozenset(TOPICS[topic])
    channel = Channel(topic, house.account.pk)

    def hears(actor: Actor | None) -> bool:
        return actor is not None and channel.open_to(actor)

    def member(permissions: frozenset[str]) -> Actor:
        return actor_of_member(factories.make_member(account=house.account, permissions=permissions))

    def token(text: str) -> Actor | None:
        return actor_from_token(text, "/v1/ws")

    assert all(hears(member(frozenset({code}))) for code in asked)
    assert hears(token(house.token(asked)))
    assert not hears(member(ALL - asked))
    assert not hears(factories.make_actor())
    assert not hears(token(house.token(ALL - asked)))
    assert not hears(token(house.token(asked, revoked=True)))
    assert not hears(token(house.lost_token(asked)))
