"""The GraphQL root: each app's part of Query and Mutation, joined."""

from __future__ import annotations

import graphene

import accounts.account_graph
import accounts.audit_graph
import accounts.graph
import accounts.member_graph
import accounts.notification_graph
import accounts.role_graph
import automations.automation_graph
import connections.bot_graph
import connections.chat_graph
import connections.graph
import connections.link_graph
import connections.music_graph
import events.graph
import integrations.graph
import integrations.integration_graph
import integrations.obs_graph
import integrations.streamerbot_graph
import overlays.alert_graph
import overlays.overlay_graph
import overlays.panic_graph
import overlays.upload_graph
import tokens.graph
from lumio import preflight_graph


class Query(
    accounts.account_graph.Query,
    accounts.audit_graph.Query,
    accounts.graph.Query,
    accounts.member_graph.Query,
    accounts.notification_graph.Query,
    accounts.role_graph.Query,
    automations.automation_graph.Query,
    connections.bot_graph.Query,
    connections.chat_graph.Query,
    connections.graph.Query,
    connections.link_graph.Query,
    connections.music_graph.Query,
    events.graph.Query,
    integrations.graph.Query,
    integrations.obs_graph.Query,
    integrations.integration_graph.Query,
    integrations.streamerbot_graph.Query,
    overlays.alert_graph.Query,
    overlays.overlay_graph.Query,
    overlays.panic_graph.Query,
    overlays.upload_graph.Query,
    preflight_graph.Query,
    tokens.graph.Query,
    graphene.ObjectType,
):
    pass


class Mutation(
    accounts.account_graph.Mutation,
    accounts.graph.Mutation,
    accounts.member_graph.Mutation,
    accounts.notification_graph.Mutation,
    accounts.role_graph.Mutation,
    automations.automation_graph.Mutation,
    connections.bot_graph.Mutation,
    connections.chat_graph.Mutation,
    connections.graph.Mutation,
    connections.link_graph.Mutation,
    connections.music_graph.Mutation,
    integrations.graph.Mutation,
    integrations.obs_graph.Mutation,
    integrations.integration_graph.Mutation,
    integrations.streamerbot_graph.Mutation,
    events.graph.Mutation,
    overlays.alert_graph.Mutation,
    overlays.overlay_graph.Mutation,
    overlays.panic_graph.Mutation,
    overlays.upload_graph.Mutation,
    preflight_graph.Mutation,
    tokens.graph.Mutation,
    graphene.ObjectType,
):
    pass


schema = graphene.Schema(query=Query, mutation=Mutation)
