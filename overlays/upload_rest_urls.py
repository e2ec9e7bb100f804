from __future__ import annotations

from django.urls import path

from overlays import upload_rest as rest

urlpatterns = [
    path("uploads", rest.UploadList.as_view(), name="rest_uploads"),
    path("uploads/usage", rest.UploadUsage.as_view(), name="rest_upload_usage"),
    path("uploads/<uuid:upload_id>", rest.UploadDetail.as_view(), name="rest_upload"),
]
