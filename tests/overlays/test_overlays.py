"""Making, changing, copying and removing overlays, and who may open them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.actor import PermissionRefused
from accounts.domain import deletion
from accounts.enums import Action, Permission
from events import bus, channels
from lumio.lib.secrets import digest
from overlays import presets
from overlays.domain import access, definition, overlays
from overlays.domain.overlays import Changes
from overlays.enums import GoalOf, LayerType
from overlays.models import Goal, Layer, Overlay
from tests import factories
from tests.domain import audited, refusal

pytestmark = pytest.mark.django_db

READ, CREATE, EDIT, DELETE = (
    Permission.OVERLAYS_READ,
    Permission.OVERLAYS_CREATE,
    Permission.OVERLAYS_EDIT,
    Permission.OVERLAYS_DELETE,
)


def create(actor, preset: str = "empty", **wanted) -> Overlay:
    return overlays.create(actor=actor, wanted=Changes(**wanted), preset=preset)


def save(actor, row: Overlay, layers: list | None = None, *, version: int | None = None, **wanted) -> Overlay:
    return overlays.save(
        actor=actor, overlay_id=row.pk, version=version, wanted=Changes(**wanted), layers_wanted=layers
    )


def names(row: Overlay) -> list[str]:
    return [layer.name for layer in Layer.objects.filter(overlay=row)]


# --- creating


def test_new_overlay_has_usual_values_and_a_key_that_opens_it(ada_actor):
    row = create(ada_actor)

    address = overlays.address(actor=ada_actor, overlay_id=row.pk).reveal()
    start, _, key = address.rpartition("/")
    assert (row.name, row.width, row.height, row.background, row.language) == (
        "Overlay",
        1920,
        1080,
        "transparent",
        "en",
    )
    assert start == "http://overlay.localhost:8000/overlay"
    assert len(key) == 43  # 256 bits
    assert access.find(key) == row
    assert row.digest == digest(key)
    assert key.encode() not in bytes(row.key_encrypted)


def test_new_overlay_speaks_the_language_of_whoever_makes_it(ada_actor):
    with translation.override("de"):
        row = create(ada_actor)

    assert row.language == "de"


def test_second_overlay_without_a_name_is_told_apart(ada_actor):
    found = [create(ada_actor).name for _ in range(3)]

    assert found == ["Overlay", "Overlay 2", "Overlay 3"]


def test_creating_is_audited_without_the_key(ada_actor):
    create(ada_actor, "alerts", name="Main", width=1280, height=720)

    assert audited(Action.OVERLAY_CREATED) == [
        (
            None,
            {
                "name": "Main",
                "size": "1280x720",
                "background": "transparent",
                "language": "en",
                "layers": ["Alert box"],
            },
        )
    ]


@pytest.mark.parametrize("preset", presets.PRESETS)
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1080, 1920), (16, 16)])
def test_every_preset_lies_within_every_format(ada_actor, preset, width, height):
    row = create(ada_actor, preset, width=width, height=height)

    layers = list(Layer.objects.filter(overlay=row))
    assert [layer.type for layer in layers] == [place.type for place in presets.PRESETS[preset].places]
    assert [layer.position for layer in layers] == list(range(len(layers)))
    assert all(layer.x >= 0 and layer.x + layer.width <= width + 1 for layer in layers)
    assert all(layer.y >= 0 and layer.y + layer.height <= height + 1 for layer in layers)


def test_goal_of_a_preset_is_counted(ada_actor, account):
    row = create(ada_actor, "full")

    goal = Goal.objects.get(account=account)
    assert (goal.layer.overlay, goal.counts, goal.counted) == (row, GoalOf.FOLLOWS, 0)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": "x" * 81}, "name_too_long"),
        ({"name": "Main"}, "name_taken"),
        ({"width": 15}, "bad_size"),
        ({"height": 8193}, "bad_size"),
        ({"background": "red"}, "bad_background"),
        ({"background": "#ff000080"}, "bad_background"),
        ({"language": "tlh"}, "no_such_language"),
        ({"preset": "everything"}, "no_such_preset"),
    ],
)
def test_what_cannot_be_is_not_created(ada_actor, wanted, code):
    create(ada_actor, name="Main")

    assert refusal(create, ada_actor, **wanted) == code

    assert Overlay.objects.count() == 1


def test_account_has_so_many_overlays_and_no_more(ada_actor, account, monkeypatch):
    monkeypatch.setattr(overlays, "MOST_OVERLAYS", 2)
    rows = [create(ada_actor) for _ in range(2)]

    assert refusal(create, ada_actor) == "too_many_overlays"
    with pytest.raises(overlays.TooManyOverlays):
        overlays.duplicate(actor=ada_actor, overlay_id=rows[0].pk)

    assert Overlay.objects.filter(account=account).count() == 2


# --- saving


def test_save_changes_settings_and_rises_the_version(ada_actor, told):
    row = create(ada_actor, name="Main")

    topics = told(lambda: save(ada_actor, row, version=1, name="  Big \n one ", width=1280, background="#FF0000"))

    row.refresh_from_db()
    assert (row.name, row.width, row.height, row.background, row.version) == ("Big one", 1280, 1080, "#ff0000", 2)
    assert row.changed_by == ada_actor.user
    assert topics == {bus.topic(channels.overlay(row.pk))}
    assert audited(Action.OVERLAY_CHANGED) == [
        (
            {"name": "Main", "size": "1920x1080", "background": "transparent"},
            {"name": "Big one", "size": "1280x1080", "background": "#ff0000", "changed_layers": []},
        )
    ]


def test_save_of_nothing_new_changes_nothing(ada_actor, told):
    row = create(ada_actor, "full", name="Main")
    same = [definition.of_layer(layer) for layer in row.layers.all()]

    topics = told(lambda: save(ada_actor, row, same, name="Main", width=1920))

    row.refresh_from_db()
    assert row.version == 1
    assert topics == set()
    assert audited(Action.OVERLAY_CHANGED) == []


def test_layers_are_put_in_order_kept_added_and_taken_away(ada_actor):
    row = create(ada_actor)
    text, image = factories.make_layer(overlay=row), factories.make_layer(overlay=row, type=LayerType.IMAGE)
    new = uuid4()

    saved = save(
        ada_actor,
        row,
        [{"id": str(new), "type": "timer", "x": -5, "opacity": 50}, {"id": str(text.pk), "type": "text", "name": "Hi"}],
    )

    found = [(layer.pk, layer.type, layer.name, layer.position) for layer in saved.layers.all()]
    assert found == [(new, "timer", "Timer", 0), (text.pk, "text", "Hi", 1)]
    assert not Layer.objects.filter(pk=image.pk).exists()
    timer = Layer.objects.get(pk=new)
    assert (timer.x, timer.y, timer.width, timer.height, timer.opacity) == (-5, 0, 400, 110, 50)
    assert audited(Action.OVERLAY_CHANGED)[-1][1]["changed_layers"] == ["Timer", "Hi"]


def test_layer_of_another_overlay_is_never_touched(ada_actor, cleo_actor):
    theirs = factories.make_layer(overlay=create(cleo_actor), name="Cleo's")
    row = create(ada_actor)

    saved = save(ada_actor, row, [{"id": str(theirs.pk), "type": "text", "name": "Mine"}])

    [mine] = saved.layers.all()
    theirs.refresh_from_db()
    assert mine.pk != theirs.pk
    assert (theirs.name, theirs.overlay.account) == ("Cleo's", cleo_actor.account)


def test_layer_keeps_its_type(ada_actor):
    row = create(ada_actor)
    layer = factories.make_layer(overlay=row, name="Words")

    assert refusal(save, ada_actor, row, [{"id": str(layer.pk), "type": "image"}]) == "bad_layer"

    layer.refresh_from_db()
    assert (layer.type, layer.overlay.version) == (LayerType.TEXT, 1)


def test_who_saves_an_older_version_is_told_who_was_first(ada_actor):
    row = create(ada_actor, name="Main")
    save(ada_actor, row, version=1, name="Mine")

    with pytest.raises(overlays.VersionConflict) as refused:
        save(ada_actor, row, [{"type": "text"}], version=1, name="Theirs")

    row.refresh_from_db()
    assert refused.value.params["name"] == "Ada"
    assert "Ada saved this overlay at" in refused.value.text
    assert (row.name, row.version, names(row)) == ("Mine", 2, [])


def test_refused_layer_leaves_the_settings_alone_too(ada_actor, told):
    row = create(ada_actor, "alerts", name="Main")

    topics = told(lambda: refusal(save, ada_actor, row, [{"type": "text"}, {"type": "nothing"}], name="Other"))

    row.refresh_from_db()
    assert (row.name, row.version, names(row), topics) == ("Main", 1, ["Alert box"], set())


def test_goal_that_counts_something_else_begins_at_nothing(ada_actor):
    row = create(ada_actor)
    layer = {"id": str(uuid4()), "type": "goal", "config": {"counts": "tips", "currency": "EUR"}}
    save(ada_actor, row, [layer])
    Goal.objects.update(counted=500)

    save(ada_actor, row, [layer | {"x": 10}])
    kept = Goal.objects.get().counted
    save(ada_actor, row, [layer | {"config": {"counts": "tips", "currency": "USD"}}])
    goal = Goal.objects.get()

    assert (kept, goal.counted, goal.currency) == (500, 0, "USD")


def test_currency_of_a_goal_that_counts_no_money_does_not_matter(ada_actor):
    row = create(ada_actor)
    layer = {"id": str(uuid4()), "type": "goal", "config": {"counts": "bits", "currency": "EUR"}}
    save(ada_actor, row, [layer])
    Goal.objects.update(counted=500)

    save(ada_actor, row, [layer | {"config": {"counts": "bits", "currency": "USD"}}])

    goal = Goal.objects.get()
    assert (goal.counted, goal.currency) == (500, "")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_save_one_version_at_once_one_is_first(ada_actor):
    row = create(ada_actor, name="Main")
    gate = threading.Barrier(4)

    def one(number: int) -> str:
        try:
            gate.wait()
            save(ada_actor, row, [{"type": "text", "name": f"{number}"}], version=1)
        except overlays.VersionConflict:
            return "too late"
        finally:
            connections.close_all()
        return f"{number}"

    with ThreadPoolExecutor(4) as pool:
        [first] = [came for came in pool.map(one, range(4)) if came != "too late"]

    row.refresh_from_db()
    assert (row.version, names(row)) == (2, [first])
    assert len(audited(Action.OVERLAY_CHANGED)) == 1


# --- copies, keys, the end


def test_copy_has_everything_but_the_key_and_what_was_counted(ada_actor):
    original = create(ada_actor, "full", name="Main", language="de")
    Goal.objects.update(counted=7)

    copy = overlays.duplicate(actor=ada_actor, overlay_id=original.pk)

    def told_apart(row: Overlay) -> list:
        return [{**definition.of_layer(layer), "id": None} for layer in Layer.objects.filter(overlay=row)]

    assert (copy.name, copy.language, copy.version) == ("Main 2", "de", 1)
    assert told_apart(copy) == told_apart(original)
    assert copy.digest != original.digest
    assert [goal.counted for goal in Goal.objects.filter(layer__overlay=copy)] == [0]


def test_new_key_ends_the_old_one(ada_actor, told):
    row = create(ada_actor)
    old = overlays.address(actor=ada_actor, overlay_id=row.pk).reveal().rpartition("/")[2]

    topics = told(lambda: overlays.rotate(actor=ada_actor, overlay_id=row.pk))

    new = overlays.address(actor=ada_actor, overlay_id=row.pk).reveal().rpartition("/")[2]
    assert (access.find(old), access.find(new)) == (None, row)
    assert topics == {bus.control(row.account_id)}
    assert audited(Action.OVERLAY_KEY_RENEWED) == [(None, None)]


def test_overlay_is_removed_in_the_order_in_which_events_are_stored(ada_actor):
    row = create(ada_actor, preset="full")
    assert Goal.objects.filter(layer__overlay=row).exists()

    with CaptureQueriesContext(connection) as captured:
        overlays.remove(actor=ada_actor, overlay_id=row.pk)

    changes = [query["sql"].split('"')[1] for query in captured if query["sql"].startswith(("UPDATE", "DELETE"))]
    assert changes.index("events_livehead") < changes.index("overlays_goal")


def test_removed_overlay_opens_nothing(ada_actor, told):
    row = create(ada_actor, "full", name="Main")
    key = overlays.address(actor=ada_actor, overlay_id=row.pk).reveal().rpartition("/")[2]

    topics = told(lambda: overlays.remove(actor=ada_actor, overlay_id=row.pk))

    assert access.find(key) is None
    assert not Layer.objects.exists()
    assert topics == {bus.control(row.account_id)}
    assert audited(Action.OVERLAY_REMOVED)[0][0]["name"] == "Main"


def test_overlays_of_a_closed_account_open_nothing(ada_actor, account, told):
    row = create(ada_actor)
    key = overlays.address(actor=ada_actor, overlay_id=row.pk).reveal().rpartition("/")[2]

    topics = told(lambda: deletion.close(actor=ada_actor, confirm_name=account.name))

    assert access.find(key) is None
    assert bus.control(account.pk) in topics


def test_address_that_cannot_be_read_says_what_to_do(ada_actor):
    row = create(ada_actor)
    Overlay.objects.update(key_encrypted=b"under a key that is lost")

    def address() -> None:
        overlays.address(actor=ada_actor, overlay_id=row.pk)

    assert refusal(address) == "overlay_address_unreadable"
    overlays.rotate(actor=ada_actor, overlay_id=row.pk)
    address()


# --- who may


@pytest.mark.parametrize(
    ("permission", "act"),
    [
        (READ, lambda actor, row: overlays.listing(actor)),
        (READ, lambda actor, row: overlays.get(actor, row.pk)),
        (CREATE, lambda actor, row: create(actor)),
        (CREATE, lambda actor, row: overlays.duplicate(actor=actor, overlay_id=row.pk)),
        (EDIT, lambda actor, row: save(actor, row, [], name="Other")),
        (EDIT, lambda actor, row: overlays.address(actor=actor, overlay_id=row.pk)),
        (EDIT, lambda actor, row: overlays.rotate(actor=actor, overlay_id=row.pk)),
        (DELETE, lambda actor, row: overlays.remove(actor=actor, overlay_id=row.pk)),
    ],
)
def test_each_act_asks_for_its_permission(account, permission, act):
    row = factories.make_overlay(account=account, name="Main")
    allowed = factories.make_actor(account=account, permissions={permission})
    others = factories.make_actor(account=account, permissions=set(Permission) - {permission})

    with pytest.raises(PermissionRefused) as refused:
        act(others, row)

    row.refresh_from_db()
    assert refused.value.permission == permission
    assert (Overlay.objects.count(), row.name, row.version) == (1, "Main", 1)
    act(allowed, row)


@pytest.mark.parametrize(
    "act",
    [
        lambda actor, row: overlays.get(actor, row.pk),
        lambda actor, row: overlays.duplicate(actor=actor, overlay_id=row.pk),
        lambda actor, row: save(actor, row, [], name="Other"),
        lambda actor, row: overlays.address(actor=actor, overlay_id=row.pk),
        lambda actor, row: overlays.rotate(actor=actor, overlay_id=row.pk),
        lambda actor, row: overlays.remove(actor=actor, overlay_id=row.pk),
    ],
)
def test_overlay_of_another_account_is_not_there(ada_actor, cleo_actor, act):
    row = create(ada_actor, name="Main")

    with pytest.raises(Http404):
        act(cleo_actor, row)

    row.refresh_from_db()
    assert (Overlay.objects.count(), row.name) == (1, "Main")


def test_listing_takes_two_queries_however_many_there_are(ada_actor, django_assert_num_queries):
    for number in range(3):
        create(ada_actor, "full", name=f"{number}")

        with django_assert_num_queries(2):
            found = [(row.name, len(row.layers.all()), row.changed_by) for row in overlays.listing(ada_actor)]

        assert found == [(str(one), 5, ada_actor.user) for one in range(number + 1)]
