from __future__ import annotations

import traceback

import pytest
from django.test import RequestFactory
from django.views.debug import SafeExceptionReporterFilter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from accounts import answers
from accounts.answers import sent


class Password(serializers.Serializer):
    password = serializers.CharField(max_length=20)

    def validate(self, attrs):
        if attrs["password"] == "sunlit-harbour-42":
            raise RuntimeError
        return attrs


def request_with(password: str) -> Request:
    asked = RequestFactory().post("/v1/tea", {"password": password}, content_type="application/json")
    return Request(asked, parsers=[JSONParser()])


def test_what_came_with_a_request_is_checked():
    assert sent(Password, request_with("harbour")) == {"password": "harbour"}
    with pytest.raises(ValidationError):
        sent(Password, request_with("h" * 21))


def test_what_came_with_a_request_is_in_no_report_of_an_error():
    request = request_with("sunlit-harbour-42")
    with pytest.raises(RuntimeError) as caught:
        sent(Password, request)

    frames = [frame for frame, _ in traceback.walk_tb(caught.tb) if frame.f_code.co_filename == answers.__file__]
    reported = [SafeExceptionReporterFilter().get_traceback_frame_variables(request, frame) for frame in frames]
    assert reported
    assert "sunlit-harbour-42" not in repr(reported)
