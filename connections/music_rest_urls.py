from __future__ import annotations

from django.urls import path

from connections import music_rest
from connections.platforms.playing import Command

urlpatterns = [
    path("music", music_rest.Music.as_view(), name="rest_music"),
    path("music/devices", music_rest.DeviceList.as_view(), name="rest_music_devices"),
    path("music/device", music_rest.ActiveDevice.as_view(), name="rest_music_device"),
    path("music/volume", music_rest.Volume.as_view(), name="rest_music_volume"),
    *(
        path(f"music/{command}", music_rest.Tell.as_view(command=command), name=f"rest_music_{command}")
        for command in Command
    ),
]
