"""The design system: what a component draws, and that every template keeps to the rules that the CSP relies on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django_cotton.compiler_regex import CottonCompiler

ROOT = Path(settings.ROOT)
COMPONENTS = sorted((ROOT / "templates/cotton").glob("*.html"))
ICONS = sorted((ROOT / "templates/icons").glob("*.svg"))
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))
ELEMENTS = sorted((ROOT / "static/js/elements").glob("*.js"))


def draw(source: str, **context: Any) -> str:
    """The HTML of `source`, with the space between tags left out."""
    html = engines["django"].from_string(CottonCompiler().process(source)).render(context)
    return re.sub(r"\s+", " ", re.sub(r"\s*\n\s*", "", html)).replace(" >", ">").strip()


def words(html: str) -> str:
    """What a person reads in it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()


class TestButton:
    def test_is_a_submit_button_and_carries_foreign_attributes(self):
        html = draw('<c-button variant="accent" name="go" value="1" data-dialog-open="sure">Connect</c-button>')

        assert html == (
            '<button class="button button--accent" type="submit" name="go" value="1" data-dialog-open="sure">'
            "<span>Connect</span></button>"
        )

    def test_with_an_address_is_a_link(self):
        html = draw('<c-button href="{{ url }}">Open</c-button>', url="/a?b=1&c=2")

        assert html == ('<a class="button button--plain" href="/a?b=1&amp;c=2"><span>Open</span></a>')

    def test_a_class_joins_its_own(self):
        assert 'class="button button--plain push"' in draw('<c-button class="push">Go</c-button>')

    def test_an_icon_button_with_an_address_is_a_link(self):
        assert '<a class="button button--quiet button--icon" href="/x" aria-label="Edit"' in draw(
            '<c-icon-button icon="x" href="/x" label="Edit" />'
        )

    def test_an_icon_button_has_a_name(self):
        html = draw('<c-icon-button icon="x" label="Close" />')

        assert 'aria-label="Close"' in html
        assert '<span class="icon" aria-hidden="true"><svg' in html


class TestCard:
    def test_has_title_badge_body_and_footer(self):
        html = draw(
            """<c-card title="{{ name }}" subtitle="mira" icon="twitch" platform="twitch">
            <c-slot name="badge"><c-badge tone="ok" icon="check">Connected</c-badge></c-slot>
            <p>Body</p>
            <c-slot name="footer"><c-button>Test</c-button></c-slot></c-card>""",
            name="<Twitch>",
        )

        assert words(html) == "&lt;Twitch&gt; mira Connected Body Test"
        assert 'class="tile platform--twitch"' in html

    def test_a_card_inside_a_card_takes_nothing_from_the_outer_one(self):
        html = draw(
            """<c-card title="Outer" off><c-slot name="footer">outer foot</c-slot>
            <c-card title="Inner">in</c-card></c-card>"""
        )

        assert words(html) == "Outer Inner in outer foot"
        assert html.count("card--off") == 1


class TestBanner:
    @pytest.mark.parametrize(
        ("tone", "role"), [("ok", "status"), ("info", "status"), ("warn", "alert"), ("bad", "alert")]
    )
    def test_only_trouble_interrupts_a_screen_reader(self, tone, role):
        assert f'role="{role}"' in draw(f'<c-banner tone="{tone}">x</c-banner>')

    def test_a_role_can_be_chosen(self):
        assert 'role="status"' in draw('<c-banner tone="warn" role="status">x</c-banner>')

    def test_dismissible_has_a_button_for_it(self):
        html = draw("<c-banner dismissible>Done</c-banner>")

        assert "<dismiss-button><button" in html
        assert "<dismiss-button>" not in draw("<c-banner>Done</c-banner>")


class TestDialog:
    def test_is_named_and_described_by_its_own_words(self):
        html = draw('<c-dialog id="sure" title="Sure?" description="It stops."><p>More</p></c-dialog>')

        assert html.startswith(
            '<dialog class="dialog" id="sure" aria-labelledby="sure-title" aria-describedby="sure-description">'
        )
        assert '<h2 id="sure-title">Sure?</h2>' in html
        assert '<p id="sure-description">It stops.</p>' in html

    def test_comes_open_for_a_form_with_errors(self):
        assert " open data-dialog-shown>" in draw('<c-dialog id="a" title="A" shown />')
        assert " open " not in draw('<c-dialog id="a" title="A" :shown="bound" />', bound=False)


class TestField:
    def test_label_help_and_error_belong_to_the_input(self):
        html = draw(
            '<c-field label="Client ID" name="client_id" value="{{ v }}" help="Copy it." error="Too short." />', v='"'
        )

        assert '<label class="field__label" for="id_client_id">Client ID</label>' in html
        assert 'id="id_client_id" type="text" name="client_id" value="&quot;" aria-invalid="true"' in html
        assert 'aria-describedby="id_client_id_help id_client_id_error"' in html
        assert 'id="id_client_id_help">Copy it.</p>' in html
        assert 'id="id_client_id_error">' in html

    def test_readonly_with_copy_points_the_button_at_the_input(self):
        html = draw('<c-field label="Redirect URI" id="uri" value="http://x/" readonly copy />')

        assert 'id="uri" type="text" value="http://x/" readonly>' in html
        assert '<copy-button class="copy" data-for="uri"' in html

    def test_select_marks_the_chosen_option(self):
        html = draw(
            '<c-select label="Member" name="m" :options="options" value="{{ two }}" />',
            options=[(1, "A"), (2, "B")],
            two=2,
        )

        assert '<option value="1">A</option><option value="2" selected>B</option>' in html

    def test_checkbox_is_checked_on_demand(self):
        assert " checked>" in draw('<c-checkbox label="Read" name="p" value="a" :checked="yes" />', yes=True)
        assert " checked" not in draw('<c-checkbox label="Read" name="p" value="a" :checked="yes" />', yes=False)

    def test_bound_field_shows_what_django_knows(self):
        class Form(forms.Form):
            email = forms.EmailField(label="E-mail", help_text="Only for signing in.")
            note = forms.CharField(label="Note", required=False)
            clock = forms.ChoiceField(label="Clock", choices=[("", "Any")], required=False)
            keep = forms.BooleanField(label="Remember me", required=False)

        html = draw('{% for field in form %}<c-bound-field :field="field" />{% endfor %}', form=Form({"email": "<x"}))

        assert (
            words(html)
            == "E-mail Enter a valid email address. Only for signing in. Note optional Clock Any Remember me"
        )
        assert 'value="&lt;x"' in html
        for name in re.search(r'aria-describedby="([^"]*)"', html)[1].split():
            assert f'id="{name}"' in html

    def test_form_errors_are_an_alert(self):
        class Form(forms.Form):
            def clean(self):
                raise forms.ValidationError("<Wrong> password.")

        html = draw('<c-form-errors :form="form" />', form=Form({}))

        assert 'role="alert"' in html
        assert words(html) == "&lt;Wrong&gt; password."
        assert draw('<c-form-errors :form="form" />', form=Form()) == ""


class TestSmallOnes:
    def test_life_says_its_state_in_words(self):
        html = draw('<c-life tone="ok" text="Delivering" right="3 s ago" />')

        assert words(html) == "Delivering 3 s ago"
        assert 'class="life life--ok"' in html

    def test_facts_are_a_description_list(self):
        html = draw('<c-facts><c-fact label="Token" tone="bad">expired</c-fact></c-facts>')

        assert html == (
            '<dl class="facts"><div class="facts__fact"><dt>Token</dt><dd class="tone--bad">expired</dd></div></dl>'
        )

    def test_time_is_readable_without_javascript(self):
        html = draw('<c-time :at="at" format="relative" />', at=datetime(2026, 11, 21, 14, 2, tzinfo=UTC))

        assert html == (
            '<local-time data-format="relative"><time datetime="2026-11-21T14:02:00+00:00">'
            "Nov. 21, 2026, 2:02 p.m.</time></local-time>"
        )

    def test_no_time_draws_nothing(self):
        assert draw('<c-time :at="at" />', at=None) == ""

    def test_copy_says_what_happened_to_a_screen_reader(self):
        html = draw('<c-copy value="{{ secret }}" />', secret='a"b')

        assert 'data-value="a&quot;b"' in html
        assert '<span class="copy__said" role="status"></span>' in html

    def test_rows_and_empty(self):
        html = draw(
            """<c-rows><c-row title="Deck" meta="…x9Qf"><c-slot name="actions">Revoke</c-slot></c-row></c-rows>
            <c-empty title="No tokens" text="Make one."><c-slot name="action">Go</c-slot></c-empty>"""
        )

        assert words(html) == "Deck …x9Qf Revoke No tokens Make one. Go"

    def test_page_header_section_table_and_chip(self):
        html = draw(
            """<c-page-header title="Tokens" description="Links." back="/up" back_label="Up">
            <c-slot name="actions">New</c-slot></c-page-header>
            <c-section title="Part"><c-table label="Log"><tbody><tr><td><c-chip>a:b</c-chip></td></tr></tbody>
            </c-table></c-section>"""
        )

        assert words(html) == "Up Tokens Links. New Part a:b"
        assert '<div class="table" role="region" aria-label="Log" tabindex="0">' in html

    def test_count_down_carries_its_end_and_the_moment_it_was_drawn(self):
        html = draw(
            '<c-countdown :until="at"><c-button>Connect</c-button></c-countdown>', at=datetime(2026, 1, 1, tzinfo=UTC)
        )

        now, until = re.search(r'data-now="([^"]+)" data-until="([^"]+)"', html).groups()
        assert until == "2026-01-01T00:00:00+00:00"
        assert abs(datetime.fromisoformat(now) - datetime.now(UTC)) < timedelta(minutes=1)


def declared(path: Path) -> set[str]:
    """The attributes and slots that a component names in <c-vars>."""
    found = re.search(r"<c-vars([^>]*)/>", path.read_text())
    return {name.lstrip(":") for name in re.findall(r'([\w:-]+)="', found[1])} if found else set()


#: What a component may hand on to its element without declaring it.
HTML = re.compile(
    r"(data|aria|hx)-[\w-]+|form|formaction|name|value|id|hidden|disabled|target|rel|title|download|"
    r"maxlength|minlength|pattern|inputmode|min|max|step|spellcheck|autocapitalize|autofocus|formnovalidate|attrs|role"
)


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component_declares_its_attributes(path):
    assert "<c-vars" in path.read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_uses_components_as_declared(path):
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "…", text)
    used = re.findall(r"<c-(?!vars|slot)([\w-]+)((?:\s+[\w:-]+(?:=\"[^\"]*\"|='[^']*')?)*)\s*/?>", text)
    assert len(used) == len(re.findall(r"<c-(?!vars|slot)", text)), 'an attribute is not written as name="value"'
    for name, attributes in used:
        component = ROOT / "templates/cotton" / f"{name.replace('-', '_')}.html"
        assert component.exists(), f"<c-{name}>"
        for dynamic, attribute in re.findall(r"(:?)([\w-]+)(?:=\"[^\"]*\"|='[^']*')?", attributes):
            known = attribute in declared(component)
            assert known or HTML.fullmatch(attribute), f"<c-{name} {attribute}>"
            # Cotton writes a dynamic value into {{ attrs }} as it is; `name="{{ value }}"` is escaped.
            assert known or not dynamic, f'<c-{name} :{attribute}> must be {attribute}="{{{{ … }}}}"'


#: What has a policy of its own, by which it gets no file of ours but a script.
ALONE = {ROOT / "templates/overlays/custom.html"}


@pytest.mark.parametrize(
    "path",
    [path for path in TEMPLATES if path not in ALONE],
    ids=lambda path: str(path.relative_to(ROOT / "templates")),
)
def test_template_has_nothing_inline(path):
    html = path.read_text()

    assert re.findall(r"\sstyle\s*=|<style|\son[a-z]+\s*=|\shx-on|javascript:", html) == []
    assert [
        tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag and "application/json" not in tag
    ] == []


def test_icons_named_in_templates_exist():
    named = {name for path in TEMPLATES for name in re.findall(r'\b(?:icon|c-icon name)="([\w-]+)"', path.read_text())}

    assert len(named) > 10
    assert named - {path.stem for path in ICONS} == set()


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_icon_is_one_plain_svg_in_the_colour_of_the_text(path):
    svg = path.read_text()

    shape = r"<(path|circle|rect|line|polyline|polygon|ellipse) [^<]*/>"
    assert re.fullmatch(rf'<svg viewBox="0 0 24 24" width="24" height="24" [^<]*>({shape}\s*)+</svg>\n', svg)
    assert "currentColor" in svg


@pytest.mark.parametrize("path", ELEMENTS, ids=lambda path: path.stem)
def test_element_cleans_up_after_itself(path):
    script = path.read_text()

    assert f'customElements.define("{path.stem}"' in script
    assert "disconnectedCallback()" in script
    for target in re.findall(r"(\S*)addEventListener\(\"(\w+)\"", script):
        assert '{}removeEventListener("{}"'.format(*target) in script
