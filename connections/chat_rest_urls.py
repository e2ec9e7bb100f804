from __future__ import annotations

from django.urls import path

from connections import chat_rest

urlpatterns = [
    path("desk", chat_rest.ChatDesk.as_view(), name="rest_chat_desk"),
    path("messages", chat_rest.MessageList.as_view(), name="rest_chat_messages"),
    path("<int:seq>", chat_rest.MessageDetail.as_view(), name="rest_chat_message"),
    path("orders/<uuid:order_id>", chat_rest.OrderDetail.as_view(), name="rest_chat_order"),
    path("orders/<uuid:order_id>/undo", chat_rest.UndoOrder.as_view(), name="rest_chat_undo"),
    path("notes/<uuid:note_id>", chat_rest.NoteDetail.as_view(), name="rest_chat_note"),
    path("viewers/<slug:platform>/<str:user_id>", chat_rest.ViewerDetail.as_view(), name="rest_chat_viewer"),
    path("viewers/<slug:platform>/<str:user_id>/notes", chat_rest.NoteList.as_view(), name="rest_chat_notes"),
    path("viewers/<slug:platform>/<str:user_id>/timeout", chat_rest.Timeout.as_view(), name="rest_chat_timeout"),
    path("viewers/<slug:platform>/<str:user_id>/ban", chat_rest.Ban.as_view(), name="rest_chat_ban"),
    path("viewers/<slug:platform>/<str:user_id>/unban", chat_rest.Unban.as_view(), name="rest_chat_unban"),
]
