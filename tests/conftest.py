"""What tests share: the test data beside the checkout, a running site, a real browser."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data"))
# CI must run everything; a plain clone says what did not run
STRICT = os.environ.get("CI", "").lower() == "true"
CHROMIUM = next(
    (p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), None
)
SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def _missing(what: str):
    if STRICT:
        pytest.fail(f"{what} is missing, and everything must run here", pytrace=False)
    pytest.skip(f"not run: {what} is missing")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real test data."""
    if not SHARED.is_dir():
        _missing("the shared test data")
    return SHARED


@pytest.fixture(autouse=True)
def _needs(request):
    if request.node.get_closest_marker("data"):
        request.getfixturevalue("shared_data")
    if request.node.get_closest_marker("office") and SOFFICE is None:
        _missing("LibreOffice")
    if request.node.get_closest_marker("postgresql") and connection.vendor != "postgresql":
        pytest.skip("runs in the PostgreSQL pass")


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Uploads and the cache of a test are its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The append-only guards stand in the test database as they do in a real one."""
    from training import guards

    with django_db_blocker.unblock():
        guards.install()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """A test with real transactions ends by emptying the tables, which the guards would refuse: they step aside for it."""
    from training import guards

    marker = item.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        return (yield)
    blocker = item._request.getfixturevalue("django_db_blocker")
    with blocker.unblock():
        guards.remove()
        _index_of_words("DROP CONSTRAINT laws_words_article_id_fkey")
    try:
        return (yield)
    finally:
        if nextitem is not None:  # else the test database is gone by now
            with blocker.unblock():
                guards.install()
                _index_of_words("ADD FOREIGN KEY (article_id) REFERENCES laws_article(id) ON DELETE CASCADE", is_emptied=True)


def _index_of_words(change: str, *, is_emptied: bool = False) -> None:
    """The search index of laws is no model's table: PostgreSQL empties no table that it still refers to."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        if is_emptied:
            cursor.execute("TRUNCATE laws_words")
        cursor.execute(f"ALTER TABLE laws_words {change}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """A demo district behind the real server, in a folder of its own."""

    def __init__(self, folder: Path):
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.environment = os.environ | {
            "VAR_DIR": str(folder),
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "MEDIA_ROOT": str(folder / "media"),
        }
        self.process = None

    def start(self):
        self.log = (self.folder / "serve.log").open("w")
        command = [sys.executable, "bin/serve.py", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=self.log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.3)
        raise AssertionError((self.folder / "serve.log").read_text()[-3000:])

    @property
    def password(self) -> str:
        return (self.folder / "secrets" / "demo_password").read_text().strip()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


@pytest.fixture(scope="session")
def live_site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp(f"site{secrets.token_hex(2)}"))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        _missing("Chromium")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's loop runs in this thread; the tests use no ORM beside it
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def as_account(live_site, browser):
    """`as_account("hr", width=390)`: a signed-in page of the running site. Errors in its console fail the test."""
    contexts, problems = [], []

    def open_page(username: str | None, *, width: int = 1280, height: int = 900):
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", base_url=live_site.url)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None)
        if username:
            page.goto("/sign-in/")
            page.fill("#id_username", username)
            page.fill("#id_password", live_site.password)
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def pytest_terminal_summary(terminalreporter):
    names = [
        r.longreprtuple[2] if hasattr(r, "longreprtuple") else str(r.longrepr[2])
        for r in terminalreporter.stats.get("skipped", [])
    ]
    reasons = sorted({n.removeprefix("Skipped: ") for n in names if "not run:" in n})
    for reason in reasons:
        count = sum(1 for n in names if reason in n)
        terminalreporter.write_line(f"{reason} ({count} tests)")
