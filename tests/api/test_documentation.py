"""The schema is complete, and its documentation page needs nothing from elsewhere."""

import re

import pytest
from django.core.management import call_command

from tests.factories import make_person

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_without_a_warning(tmp_path):
    out = tmp_path / "schema.yml"

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(out))

    text = out.read_text(encoding="utf-8")
    for route in ("units", "people", "requirements", "study-records", "standings", "reports"):
        assert f"/api/v1/{route}/:" in text


def test_the_page_loads_everything_from_here(client):
    client.force_login(make_person())

    page = client.get("/api/docs/").content.decode()

    assert re.findall(r'(?:src|href)="(?!/)([^"]*)"', page) == []
    assert "<script>" not in page


@pytest.mark.browser
def test_the_page_shows_the_routes_in_a_real_browser(as_account):
    page = as_account("district")
    page.goto("/api/docs/")

    page.wait_for_selector(".opblock-tag-section", timeout=30000)
    assert "/api/v1/standings/" in page.inner_text("#swagger-ui")
