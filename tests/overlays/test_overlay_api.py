"""Overlays over REST and GraphQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.enums import Permission
from overlays.domain import access, overlays
from overlays.enums import GoalOf, LayerType
from overlays.layers import LAYERS, defaults
from overlays.models import Goal, Layer, Overlay, Source, Timer
from tests import factories
from tests.pages import member

pytestmark = pytest.mark.django_db

READ, CREATE, EDIT, DELETE = (
    Permission.OVERLAYS_READ,
    Permission.OVERLAYS_CREATE,
    Permission.OVERLAYS_EDIT,
    Permission.OVERLAYS_DELETE,
)
LIST = "/v1/overlays"


def gql(client: Client, query: str, **variables):
    body = {"query": query, "variables": variables}
    return client.post("/v1/gql", body, content_type="application/json").json()


def codes(answer: dict) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def put(client: Client, row: Overlay, **fields):
    return client.put(f"{LIST}/{row.pk}", fields, content_type="application/json")


def post(client: Client, address: str, given: dict | None = None):
    return client.post(address, given or {}, content_type="application/json")


@pytest.fixture
def row(account) -> Overlay:
    return factories.make_overlay(account=account, key="the-key-of-main", name="Main")


class TestRest:
    def test_lists_overlays_with_their_layers_and_without_their_keys(self, ada_client, row):
        layer = factories.make_layer(overlay=row, name="Hi", x=5)

        answer = ada_client.get(LIST)

        assert answer.json()["data"] == [
            {
                "id": str(row.pk),
                "name": "Main",
                "width": 1920,
                "height": 1080,
                "background": "transparent",
                "language": "en",
                "version": 1,
                "layers": [
                    {
                        "id": str(layer.pk),
                        "type": "text",
                        "name": "Hi",
                        "visible": True,
                        "locked": False,
                        "x": 5,
                        "y": 0,
                        "width": 640,
                        "height": 80,
                        "opacity": 100,
                        "config": defaults(LAYERS[LayerType.TEXT].settings),
                    }
                ],
                "created_at": row.created_at.isoformat(),
                "changed_at": row.changed_at.isoformat(),
                "changed_by": "",
                "key_made_at": row.key_made_at.isoformat(),
            }
        ]

    def test_makes_an_overlay(self, ada_client, account):
        answer = post(ada_client, LIST, {"name": "Phone", "width": 1080, "height": 1920, "preset": "chat"})

        made = Overlay.objects.get(account=account)
        assert (answer.status_code, answer["Location"]) == (201, f"{LIST}/{made.pk}")
        data = answer.json()["data"]
        assert (data["name"], data["width"], data["changed_by"]) == ("Phone", 1080, "Ada")
        assert [layer["type"] for layer in data["layers"]] == ["chat_box"]

    def test_saves_everything_at_once_and_answers_with_what_is_there(self, ada_client, row):
        new = str(uuid4())

        answer = put(ada_client, row, version=1, name="Big", layers=[{"id": new, "type": "text", "x": 9}])

        data = answer.json()["data"]
        assert (answer.status_code, data["version"], data["name"]) == (200, 2, "Big")
        assert [(layer["id"], layer["x"]) for layer in data["layers"]] == [(new, 9)]
        assert ada_client.get(f"{LIST}/{row.pk}").json()["data"] == data

    def test_what_is_read_can_be_saved_as_it_is(self, ada_client, row):
        factories.make_layer(overlay=row, type=LayerType.ALERT_BOX, config={"variations": [{"name": "Tip"}]})
        data = ada_client.get(f"{LIST}/{row.pk}").json()["data"]
        given = {name: data[name] for name in ("version", "name", "width", "height", "background", "language")}

        answer = put(ada_client, row, layers=data["layers"], **given)

        assert answer.status_code == 200
        assert answer.json()["data"]["layers"] == data["layers"]

    def test_older_version_is_a_conflict_that_names_who_was_first(self, ada_client, row):
        put(ada_client, row, version=1, layers=[{"type": "text", "name": "First"}])

        answer = put(ada_client, row, version=1, layers=[])

        assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
        assert answer.json()["detail"].startswith("Ada saved this overlay at ")
        assert [layer.name for layer in Layer.objects.all()] == ["First"]

    def test_bad_layer_is_named(self, ada_client, row):
        answer = put(ada_client, row, version=1, layers=[{"type": "text", "name": "Hi", "config": {"font_size": 1}}])

        assert (answer.status_code, answer.json()["code"]) == (422, "bad_layer")
        assert answer.json()["detail"] == "Layer “Hi”, Size in pixels: it takes a whole number from 8 to 400."
        assert not Layer.objects.exists()

    def test_what_is_no_list_of_layers_is_named_by_its_field(self, ada_client, row):
        answer = put(ada_client, row, version=1, layers={})

        assert answer.status_code == 400
        assert answer.json()["errors"] == {"layers": ['Expected a list of items but got type "dict".']}

    @pytest.mark.parametrize(
        "given", [{"layers": []}, {"version": 1}, {"version": "1", "layers": []}, {"version": 1, "layers": {}}]
    )
    def test_half_a_save_is_refused(self, ada_client, row, given):
        layer = factories.make_layer(overlay=row)

        answer = put(ada_client, row, **given)

        assert answer.status_code == 400
        assert list(Layer.objects.all()) == [layer]

    def test_renames_whatever_version_it_has(self, ada_client, row):
        layer = factories.make_layer(overlay=row)

        answer = ada_client.patch(f"{LIST}/{row.pk}", {"name": "Other"}, content_type="application/json")

        assert answer.json()["data"]["name"] == "Other"
        assert list(Layer.objects.all()) == [layer]

    def test_copies(self, ada_client, row):
        answer = post(ada_client, f"{LIST}/{row.pk}/copy")

        assert (answer.status_code, answer.json()["data"]["name"]) == (201, "Main 2")

    def test_tells_the_address_and_makes_a_new_one(self, ada_client, row):
        old = ada_client.get(f"{LIST}/{row.pk}/key").json()["data"]["address"]

        new = post(ada_client, f"{LIST}/{row.pk}/key").json()["data"]["address"]

        assert old == "http://overlay.localhost:8000/overlay/the-key-of-main"
        assert access.find("the-key-of-main") is None
        assert access.find(new.rpartition("/")[2]) == row

    def test_deletes(self, ada_client, row):
        answer = ada_client.delete(f"{LIST}/{row.pk}")

        assert answer.status_code == 204
        assert not Overlay.objects.exists()

    def test_tells_what_has_it_open(self, ada_client, row):
        now = datetime.now(UTC)
        source = Source.objects.create(
            id=uuid4(), overlay=row, visible=True, active=False, obs_version="31.0.2", browser="OBS", frames=60,
            connected_at=now, seen_at=now,
        )  # fmt: skip

        [found] = ada_client.get(f"{LIST}/{row.pk}/sources").json()["data"]

        assert found["id"] == str(source.pk)
        assert (found["is_connected"], found["is_visible"], found["is_active"], found["frames"]) == (
            True,
            True,
            False,
            60,
        )

    def test_has_open_pages_loaded_again(self, ada_client, row):
        assert post(ada_client, f"{LIST}/{row.pk}/reload").status_code == 204

    def test_goal_is_told_and_counted_anew(self, ada_client, account, row):
        layer = factories.make_layer(overlay=row, type=LayerType.GOAL)
        Goal.objects.create(layer=layer, account=account, counts=GoalOf.TIPS, currency="EUR", counted=1250)
        address = f"{LIST}/goals/{layer.pk}"

        before, after = ada_client.get(address).json()["data"], ada_client.delete(address).json()["data"]

        assert (before["counts"], before["currency"], before["counted"]) == ("tips", "EUR", 1250)
        assert after["counted"] == 0

    def test_timer_is_told_and_controlled(self, ada_client, row):
        layer = factories.make_layer(overlay=row, type=LayerType.TIMER)
        address = f"{LIST}/timers/{layer.pk}"

        before = ada_client.get(address).json()["data"]
        after = post(ada_client, address, {"act": "start"}).json()["data"]

        assert before == {"id": str(layer.pk), "is_running": False, "seconds": 0}
        assert after["is_running"] is True

    @pytest.mark.parametrize(
        ("permission", "method", "path", "given"),
        [
            (READ, "get", "", None),
            (READ, "get", "/{id}", None),
            (READ, "get", "/{id}/sources", None),
            (CREATE, "post", "", {}),
            (CREATE, "post", "/{id}/copy", {}),
            (EDIT, "put", "/{id}", {"version": 1, "layers": []}),
            (EDIT, "patch", "/{id}", {"name": "Other"}),
            (EDIT, "get", "/{id}/key", None),
            (EDIT, "post", "/{id}/key", {}),
            (EDIT, "post", "/{id}/reload", {}),
            (DELETE, "delete", "/{id}", None),
        ],
    )
    def test_each_act_asks_for_its_permission(self, account, row, permission, method, path, given):
        layer = factories.make_layer(overlay=row)
        client = member(account, *(set(Permission) - {permission}))

        answer = getattr(client, method)(LIST + path.format(id=row.pk), given, content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (403, "permission_refused")
        assert permission.value in answer.json()["detail"]
        assert [(one.name, one.digest) for one in Overlay.objects.all()] == [("Main", row.digest)]
        assert list(Layer.objects.all()) == [layer]

    @pytest.mark.parametrize(
        ("method", "path", "given"),
        [
            ("get", "", None),
            ("get", "/sources", None),
            ("get", "/key", None),
            ("post", "/key", {}),
            ("post", "/copy", {}),
            ("post", "/reload", {}),
            ("put", "", {"version": 1, "layers": []}),
            ("patch", "", {"name": "Other"}),
            ("delete", "", None),
        ],
    )
    def test_overlay_of_another_account_is_not_there(self, cleo_client, row, method, path, given):
        answer = getattr(cleo_client, method)(f"{LIST}/{row.pk}{path}", given, content_type="application/json")

        assert answer.status_code == 404
        assert [(one.name, one.digest) for one in Overlay.objects.all()] == [("Main", row.digest)]


#: Anything that JSON can say.
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
names = [setting.name for form in LAYERS.values() for setting in form.settings]
layers = st.fixed_dictionaries(
    {"type": st.sampled_from(LayerType)},
    optional={
        **dict.fromkeys(("id", "name", "visible", "locked", "x", "y", "width", "height", "opacity"), values),
        "config": st.dictionaries(st.sampled_from(names), values, max_size=4) | values,
    },
)


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(given_layers=st.lists(layers | values, min_size=1, max_size=3))
def test_layers_of_any_shape_are_refused_or_stored_as_they_may_be(ada_client, row, given_layers):
    row.refresh_from_db()
    body = json.dumps({"version": row.version, "layers": given_layers})

    answer = ada_client.put(f"{LIST}/{row.pk}", body, content_type="application/json")

    if answer.status_code == 200:
        again = {"version": answer.json()["data"]["version"], "layers": answer.json()["data"]["layers"]}
        assert put(ada_client, row, **again).json()["data"]["version"] == again["version"], "nothing is new in it"
    else:
        assert (answer.status_code, answer.json()["code"]) in {(422, "bad_layer"), (400, "malformed")}


class TestGraphQL:
    def test_tells_the_same_as_rest(self, ada_client, row):
        factories.make_layer(overlay=row, name="Hi")

        answer = gql(
            ada_client,
            """query($id: ID!) {
              overlays { id name }
              overlay(id: $id) { name width height background language version layers { name type config } changedBy }
              overlayLayers(overlayId: $id) { name }
              overlaySources(id: $id) { id }
              overlayAddress(id: $id) { address }
            }""",
            id=str(row.pk),
        )

        data = answer["data"]
        [layer] = data["overlay"].pop("layers")
        assert layer == {"name": "Hi", "type": "text", "config": defaults(LAYERS[LayerType.TEXT].settings)}
        assert data == {
            "overlays": [{"id": str(row.pk), "name": "Main"}],
            "overlay": {
                "name": "Main",
                "width": 1920,
                "height": 1080,
                "background": "transparent",
                "language": "en",
                "version": 1,
                "changedBy": "",
            },
            "overlayLayers": [{"name": "Hi"}],
            "overlaySources": [],
            "overlayAddress": {"address": "http://overlay.localhost:8000/overlay/the-key-of-main"},
        }

    def test_makes_changes_copies_and_deletes(self, ada_client):
        made = gql(
            ada_client,
            'mutation { createOverlay(input: {name: "Main", preset: "full"}) { overlay { id layers { type } } } }',
        )["data"]["createOverlay"]["overlay"]
        changed = gql(
            ada_client,
            """mutation($id: ID!) {
              updateOverlay(id: $id, input: {width: 1280, height: 720}) { overlay { width height version } }
              copyOverlay(id: $id) { overlay { name width } }
            }""",
            id=made["id"],
        )["data"]
        gone = gql(
            ada_client,
            "mutation($id: ID!) { deleteOverlay(id: $id) { overlay { name layers { type } } } }",
            id=made["id"],
        )["data"]["deleteOverlay"]["overlay"]

        assert len(made["layers"]) == 5
        assert changed["updateOverlay"]["overlay"] == {"width": 1280, "height": 720, "version": 2}
        assert changed["copyOverlay"]["overlay"] == {"name": "Main 2", "width": 1280}
        assert gone == {"name": "Main", "layers": made["layers"]}
        assert [one.name for one in Overlay.objects.all()] == ["Main 2"]

    def test_layers_are_replaced_with_what_was_read(self, ada_client, row):
        layer = factories.make_layer(overlay=row, name="Hi")
        given = [{"id": str(layer.pk), "type": "text", "name": "Ho"}, {"type": "timer"}]
        save = """mutation($id: ID!, $version: Int!, $layers: [GenericScalar!]!) {
          updateOverlayLayers(overlayId: $id, version: $version, layers: $layers) {
            overlay { version layers { id name } }
          }
        }"""

        found = gql(ada_client, save, id=str(row.pk), version=1, layers=given)["data"]["updateOverlayLayers"]["overlay"]
        conflict = gql(ada_client, save, id=str(row.pk), version=1, layers=[])

        assert found["version"] == 2
        assert [one["name"] for one in found["layers"]] == ["Ho", "Timer"]
        assert found["layers"][0]["id"] == str(layer.pk)
        assert codes(conflict) == ["version_conflict"]
        assert Layer.objects.count() == 2

    def test_new_key_goals_and_timers(self, ada_client, account, row):
        goal = factories.make_layer(overlay=row, type=LayerType.GOAL)
        timer = factories.make_layer(overlay=row, type=LayerType.TIMER)
        Goal.objects.create(layer=goal, account=account, counts=GoalOf.BITS, counted=3_000_000_000)

        told = gql(
            ada_client,
            "query($goal: ID!, $timer: ID!) { overlayGoal(id: $goal) { counts counted } "
            "overlayTimer(id: $timer) { isRunning seconds } }",
            goal=str(goal.pk),
            timer=str(timer.pk),
        )["data"]
        done = gql(
            ada_client,
            """mutation($id: ID!, $goal: ID!, $timer: ID!) {
              renewOverlayKey(id: $id) { address }
              reloadOverlay(id: $id) { overlay { id } }
              resetOverlayGoal(id: $goal) { goal { counted } }
              controlOverlayTimer(id: $timer, act: "start") { timer { isRunning } }
            }""",
            id=str(row.pk),
            goal=str(goal.pk),
            timer=str(timer.pk),
        )["data"]

        assert told["overlayGoal"] == {"counts": "bits", "counted": 3_000_000_000}
        assert told["overlayTimer"] == {"isRunning": False, "seconds": 0}
        assert access.find(done["renewOverlayKey"]["address"].rpartition("/")[2]) == row
        assert done["resetOverlayGoal"]["goal"]["counted"] == 0
        assert done["controlOverlayTimer"]["timer"]["isRunning"] is True
        assert Timer.objects.get().running_since is not None

    @pytest.mark.parametrize(
        ("permission", "field"),
        [
            (READ, "query($id: ID!) { overlay(id: $id) { id } }"),
            (READ, "query { overlays { id } }"),
            (EDIT, "query($id: ID!) { overlayAddress(id: $id) { address } }"),
            (EDIT, "mutation($id: ID!) { renewOverlayKey(id: $id) { address } }"),
            (EDIT, 'mutation($id: ID!) { updateOverlay(id: $id, input: {name: "Other"}) { overlay { id } } }'),
            (CREATE, "mutation($id: ID!) { copyOverlay(id: $id) { overlay { id } } }"),
            (DELETE, "mutation($id: ID!) { deleteOverlay(id: $id) { overlay { id } } }"),
        ],
    )
    def test_each_field_asks_for_its_permission(self, account, row, permission, field):
        client = member(account, *(set(Permission) - {permission}))

        answer = gql(client, field, **({"id": str(row.pk)} if "$id" in field else {}))

        assert codes(answer) == ["permission_refused"]
        assert [(one.name, one.digest) for one in Overlay.objects.all()] == [("Main", row.digest)]

    def test_overlay_of_another_account_is_not_there(self, cleo_client, row):
        answer = gql(cleo_client, "mutation($id: ID!) { deleteOverlay(id: $id) { overlay { id } } }", id=str(row.pk))

        assert codes(answer) == ["not_found"]
        assert Overlay.objects.get() == row


def test_popout_token_may_do_what_it_lists(client, ada_actor, row):
    _, secret = factories.make_token(actor=ada_actor, permissions={"overlays:read"})
    token = secret.reveal()

    listed = client.get(f"{LIST}?token={token}")
    refused = client.delete(f"{LIST}/{row.pk}?token={token}")

    assert [one["name"] for one in listed.json()["data"]] == ["Main"]
    assert refused.status_code == 403
    assert overlays.get(ada_actor, row.pk) == row
