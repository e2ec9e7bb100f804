"""The permission catalogue, the default roles and the names of everything the audit log records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class Permission(TextChoices):
    """What a person may do in an account, as `resource:action`. Labels finish the sentence "may …"."""

    ACCOUNT_READ = "account:read", _("See the account's settings")
    ACCOUNT_EDIT = "account:edit", _("Change the account's settings")
    ACCOUNT_DELETE = "account:delete", _("Delete the account")
    AUDIT_READ = "audit:read", _("Read the audit log")
    AUTOMATIONS_READ = "automations:read", _("See automations")
    AUTOMATIONS_CREATE = "automations:create", _("Create automations")
    AUTOMATIONS_EDIT = "automations:edit", _("Change automations")
    AUTOMATIONS_DELETE = "automations:delete", _("Delete automations")
    AUTOMATIONS_EXECUTE = "automations:execute", _("Run automations by hand")
    AUTOMATIONS_HISTORY = "automations:history", _("See what automations did")
    BOT_CONNECTIONS_READ = "bot-connections:read", _("See bot connections")
    BOT_CONNECTIONS_CREATE = "bot-connections:create", _("Connect a custom bot")
    BOT_CONNECTIONS_DELETE = "bot-connections:delete", _("Disconnect a custom bot")
    CHAT_READ = "chat:read", _("Read chat")
    CHAT_WRITE = "chat:write", _("Send chat messages")
    CHAT_USERINFO = "chat:userinfo", _("Open viewers' profiles in chat")
    CHAT_DELETE = "chat:delete", _("Delete chat messages")
    CHAT_BAN = "chat:ban", _("Ban and unban viewers")
    CHAT_TIMEOUT = "chat:timeout", _("Time viewers out")
    CHAT_NOTES = "chat:notes", _("Read and write notes about viewers")
    CONNECTIONS_READ = "connections:read", _("See connections and integrations")
    CONNECTIONS_CREATE = "connections:create", _("Add integrations and tip tokens")
    CONNECTIONS_EDIT = "connections:edit", _("Connect and disconnect platforms, and set their app credentials")
    CONNECTIONS_DELETE = "connections:delete", _("Remove integrations and tip tokens")
    EVENTS_READ = "events:read", _("See stream events")
    EVENTS_CREATE = "events:create", _("Send test events, tick who was thanked, and control alerts")
    EVENTS_DELETE = "events:delete", _("Delete stream events")
    EVENTS_USERINFO = "events:userinfo", _("Open viewers' profiles in event feeds")
    MEMBERS_READ = "members:read", _("See members")
    MEMBERS_CREATE = "members:create", _("Invite members")
    MEMBERS_EDIT = "members:edit", _("Change members' roles")
    MEMBERS_DELETE = "members:delete", _("Remove members")
    OBS_EDIT = "obs:edit", _("Control OBS")
    OVERLAYS_READ = "overlays:read", _("See overlays")
    OVERLAYS_CREATE = "overlays:create", _("Create overlays")
    OVERLAYS_EDIT = "overlays:edit", _("Change overlays")
    OVERLAYS_DELETE = "overlays:delete", _("Delete overlays")
    ROLES_READ = "roles:read", _("See roles")
    ROLES_CREATE = "roles:create", _("Create roles")
    ROLES_EDIT = "roles:edit", _("Change roles")
    ROLES_DELETE = "roles:delete", _("Delete roles")
    SETTINGS_READ = "settings:read", _("Look at OBS and other tool settings")
    SETTINGS_EDIT = "settings:edit", _("Change tool settings")
    SPOTIFY_READ = "spotify:read", _("See what is playing")
    SPOTIFY_PLAYBACK = "spotify:playback", _("Control playback")
    TOKENS_READ = "tokens:read", _("See popout tokens")
    TOKENS_CREATE = "tokens:create", _("Create popout tokens")
    TOKENS_EDIT = "tokens:edit", _("Change popout tokens")
    TOKENS_DELETE = "tokens:delete", _("Revoke popout tokens")


ALL = frozenset(Permission)


@dataclass(frozen=True)
class DefaultRole:
    """A role every account is born with. Its name is stored in English and translated where it is shown."""

    slug: str
    name: str
    colour: str
    permissions: frozenset[Permission]


OWNER = DefaultRole("owner", gettext_noop("Owner"), "#f59e0b", ALL)
ADMINISTRATOR = DefaultRole(
    "administrator", gettext_noop("Administrator"), "#ef4444", ALL - {Permission.ACCOUNT_DELETE}
)
MODERATOR = DefaultRole(
    "moderator",
    gettext_noop("Moderator"),
    "#22c55e",
    frozenset(
        {
            Permission.EVENTS_READ,
            Permission.EVENTS_CREATE,
            Permission.EVENTS_USERINFO,
            Permission.CHAT_READ,
            Permission.CHAT_WRITE,
            Permission.CHAT_USERINFO,
            Permission.CHAT_DELETE,
            Permission.CHAT_BAN,
            Permission.CHAT_TIMEOUT,
            Permission.CHAT_NOTES,
            Permission.OVERLAYS_READ,
            Permission.SPOTIFY_READ,
            Permission.SPOTIFY_PLAYBACK,
            Permission.CONNECTIONS_READ,
            Permission.AUTOMATIONS_READ,
            Permission.AUTOMATIONS_EXECUTE,
            Permission.AUTOMATIONS_HISTORY,
        }
    ),
)
VIEWER = DefaultRole(
    "viewer",
    gettext_noop("Viewer"),
    "#6b7280",
    frozenset({Permission.EVENTS_READ, Permission.EVENTS_USERINFO, Permission.OVERLAYS_READ}),
)
DEFAULT_ROLES = (OWNER, ADMINISTRATOR, MODERATOR, VIEWER)


class Via(TextChoices):
    """How an actor came in."""

    SESSION = "session", _("signed in")
    POPOUT_TOKEN = "popout_token", _("popout token")
    CONNECT_LINK = "connect_link", _("one-time link")
    SYSTEM = "system", _("Lumio itself")


class InvitationLifetime(TextChoices):
    """For how long an invitation can be made."""

    HOUR = "1h", _("1 hour")
    DAY = "24h", _("24 hours")
    WEEK = "7d", _("7 days")
    MONTH = "30d", _("30 days")
    NEVER = "never", _("Does not run out")

    @property
    def length(self) -> timedelta | None:
        """None: without end."""
        hours = {"1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24}.get(self.value)
        return timedelta(hours=hours) if hours else None


class Action(TextChoices):
    """Everything of consequence that the audit log records."""

    ACCOUNT_CREATED = "account.created", _("Account created")
    ACCOUNT_CHANGED = "account.changed", _("Account settings changed")
    ACCOUNT_DELETED = "account.deleted", _("Account deleted")
    ACCOUNT_EXPORTED = "account.exported", _("Account exported")
    AUDIT_EXPORTED = "audit.exported", _("Audit log exported")
    MEMBER_ADDED = "member.added", _("Member added")
    MEMBER_ROLE_CHANGED = "member.role_changed", _("Member's role changed")
    MEMBER_REMOVED = "member.removed", _("Member removed")
    MEMBER_LEFT = "member.left", _("Member left")
    INVITATION_MADE = "invitation.made", _("Invitation made")
    INVITATION_WITHDRAWN = "invitation.withdrawn", _("Invitation withdrawn")
    INVITATION_ACCEPTED = "invitation.accepted", _("Invitation accepted")
    ROLE_CREATED = "role.created", _("Role created")
    ROLE_CHANGED = "role.changed", _("Role changed")
    ROLE_DELETED = "role.deleted", _("Role deleted")
    CREDENTIALS_SAVED = "credentials.saved", _("App credentials saved")
    CREDENTIALS_DELETED = "credentials.deleted", _("App credentials deleted")
    CREDENTIALS_REJECTED = "credentials.rejected", _("App credentials rejected by the platform")
    CONNECTION_CREATED = "connection.created", _("Platform connected")
    CONNECTION_RENEWED = "connection.renewed", _("Platform reconnected")
    CONNECTION_REFUSED = "connection.refused", _("Connecting refused")
    CONNECTION_REMOVED = "connection.removed", _("Platform disconnected")
    CONNECTION_LOST = "connection.lost", _("Platform sign-in ended")
    CONNECT_LINK_MADE = "connect_link.made", _("One-time link to connect made")
    CONNECT_LINK_WITHDRAWN = "connect_link.withdrawn", _("One-time link to connect withdrawn")
    WEBHOOK_RENEWED = "webhook.renewed", _("Webhook URL made anew")
    CONNECTION_SCOPES_CHANGED = "connection.scopes_changed", _("Permissions of a platform sign-in changed")
    BOT_CONNECTED = "bot.connected", _("Bot connected")
    BOT_RECONNECTED = "bot.reconnected", _("Bot reconnected")
    BOT_DISCONNECTED = "bot.disconnected", _("Bot disconnected")
    BOT_PAUSED = "bot.paused", _("Bot paused")
    BOT_REJOINED = "bot.rejoined", _("Bot speaks again")
    BOT_SAID_HELLO = "bot.said_hello", _("Bot said hello")
    CHAT_SENT = "chat.sent", _("Chat message sent")
    CHAT_MESSAGE_DELETED = "chat.message_deleted", _("Chat message deleted")
    CHAT_TIMED_OUT = "chat.timed_out", _("Viewer timed out")
    CHAT_BANNED = "chat.banned", _("Viewer banned")
    CHAT_UNBANNED = "chat.unbanned", _("Viewer's ban or timeout lifted")
    CHAT_NOTE_ADDED = "chat.note_added", _("Note about a viewer added")
    CHAT_NOTE_REMOVED = "chat.note_removed", _("Note about a viewer removed")
    MUSIC_CONTROLLED = "music.controlled", _("Music controlled")
    DISCORD_BOT_SAVED = "discord_bot.saved", _("Discord bot set up")
    DISCORD_BOT_REFUSED = "discord_bot.refused", _("Discord bot's token refused")
    DISCORD_BOT_REMOVED = "discord_bot.removed", _("Discord bot removed")
    PLATFORM_SWITCHED_OFF = "platform.switched_off", _("Platform switched off")
    PLATFORM_SWITCHED_ON = "platform.switched_on", _("Platform switched on again")
    TIP_TOKEN_ADDED = "tip_token.added", _("StreamElements token added")
    TIP_TOKEN_REMOVED = "tip_token.removed", _("StreamElements token removed")
    TIP_TOKEN_BROKEN = "tip_token.broken", _("StreamElements token no longer accepted")
    INTEGRATION_ADDED = "integration.added", _("Integration added")
    INTEGRATION_CHANGED = "integration.changed", _("Integration changed")
    INTEGRATION_SWITCHED = "integration.switched", _("Integration switched on or off")
    INTEGRATION_REMOVED = "integration.removed", _("Integration removed")
    INTEGRATION_TESTED = "integration.tested", _("Integration tested")
    BRIDGE_RENEWED = "bridge.renewed", _("Address of the bridge page renewed")
    BRIDGE_UNLOCKED = "bridge.unlocked", _("OBS or Streamer.bot unlocked for the bridge page")
    OBS_CONTROLLED = "obs.controlled", _("OBS controlled")
    STREAMERBOT_RAN = "streamerbot.ran", _("Streamer.bot action run")
    OVERLAY_CREATED = "overlay.created", _("Overlay created")
    OVERLAY_CHANGED = "overlay.changed", _("Overlay changed")
    OVERLAY_KEY_RENEWED = "overlay.key_renewed", _("Address of an overlay renewed")
    OVERLAY_REMOVED = "overlay.removed", _("Overlay removed")
    OVERLAY_RELOADED = "overlay.reloaded", _("Open pages of an overlay reloaded")
    GOAL_RESET = "overlay.goal_reset", _("Goal counted anew")
    TIMER_CONTROLLED = "overlay.timer_controlled", _("Timer controlled")
    UPLOAD_ADDED = "upload.added", _("File uploaded")
    UPLOAD_RENAMED = "upload.renamed", _("File renamed")
    UPLOAD_REMOVED = "upload.removed", _("File removed")
    ALERTS_CONTROLLED = "alerts.controlled", _("Alerts paused, muted, skipped or cleared")
    ALERT_REPLAYED = "alert.replayed", _("Alert played again")
    ALERT_SETTINGS_CHANGED = "alerts.settings_changed", _("Settings of alerts changed")
    PANIC_PRESSED = "panic.pressed", _("Panic button pressed")
    PANIC_RESTORED = "panic.restored", _("What was before the panic button restored")
    PANIC_SETTINGS_CHANGED = "panic.settings_changed", _("Settings of the panic button changed")
    AUTOMATION_CREATED = "automation.created", _("Automation created")
    AUTOMATION_CHANGED = "automation.changed", _("Automation changed")
    AUTOMATION_SWITCHED = "automation.switched", _("Automation switched on or off")
    AUTOMATION_REMOVED = "automation.removed", _("Automation removed")
    AUTOMATION_RUN = "automation.run", _("Automation run by hand")
    PREFLIGHT_STARTED = "preflight.started", _("Pre-flight check started")
    PREFLIGHT_SHARED = "preflight.shared", _("Pre-flight check shared")
    PREFLIGHT_UNSHARED = "preflight.unshared", _("Sharing of a pre-flight check ended")
    TOKEN_CREATED = "token.created", _("Popout token created")
    TOKEN_CHANGED = "token.changed", _("Popout token changed")
    TOKEN_REVOKED = "token.revoked", _("Popout token revoked")
    TOKEN_LEAKED = "token.leaked", _("Popout token revoked because it leaked")
    PAGE_CLOSED = "token.page_closed", _("Open page of a popout token closed")
    TEST_EVENT_SENT = "test_event.sent", _("Test event sent")
    NAME_CHANGED = "user.name_changed", _("Name changed")
    EMAIL_CHANGED = "user.email_changed", _("E-mail address changed")
    IDENTITY_LINKED = "user.identity_linked", _("Other sign-in linked")
    IDENTITY_UNLINKED = "user.identity_unlinked", _("Other sign-in unlinked")
    SIGNED_IN = "user.signed_in", _("Signed in")
    SIGN_IN_FAILED = "user.sign_in_failed", _("Sign-in failed")
    FACTOR_ADDED = "user.factor_added", _("Second factor added")
    FACTOR_REMOVED = "user.factor_removed", _("Second factor removed")
    CODES_RENEWED = "user.codes_renewed", _("Recovery codes renewed")
    PASSWORD_CHANGED = "user.password_changed", _("Password changed")
    SESSION_ENDED = "user.session_ended", _("Session ended")
    RESET_LINK_MADE = "user.reset_link_made", _("Link for a new password made")
    RESET_LINK_USED = "user.reset_link_used", _("Link for a new password used")
    SIGN_IN_DELETED = "user.deleted", _("Sign-in deleted")
    SWITCHED_OFF = "user.switched_off", _("Person's sign-in switched off")
    SWITCHED_ON = "user.switched_on", _("Person's sign-in switched on again")
    OPERATOR_MADE = "operator.made", _("Person may use Django admin")
    OPERATOR_UNMADE = "operator.unmade", _("Person may no longer use Django admin")
    KEYS_ROTATED = "keys.rotated", _("Secrets put under another key")
    BACKUP_RESTORED = "backup.restored", _("Backup restored")


def actions() -> list[tuple[str, Any]]:
    """The choices of `AuditEntry.action`. A function, so that a new action needs no migration."""
    return Action.choices
