"""The pictures of the README, taken from a demo district of its own."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.conftest import CHROMIUM, Site  # noqa: E402

SHOTS = (
    ("board", "district", 1280, "/board/?year=2025"),
    ("statement", "learner", 390, "/me/?year=2025"),
    ("import", "hr", 1280, "/imports/"),
    ("batches", "district", 1280, "/submissions/"),
    ("report", "hr", 1280, "/reports/110115005/?year=2025"),
    ("bank", "reviewer", 1280, "/bank/"),
    ("practice", "learner", 390, "/practice/"),
)


def main() -> None:
    target = ROOT / "docs" / "screenshots"
    target.mkdir(parents=True, exist_ok=True)
    site = Site(Path(os.environ["VAR_DIR"]))
    site.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for name, account, width, address in SHOTS:
                page = browser.new_context(viewport={"width": width, "height": 860}, locale="zh-CN", base_url=site.url).new_page()
                page.goto("/sign-in/")
                page.fill("#id_username", account)
                page.fill("#id_password", site.password)
                page.click("main button[type=submit]")
                page.goto(address, wait_until="networkidle")
                page.screenshot(path=str(target / f"{name}.png"))
            browser.close()
    finally:
        site.stop()


if __name__ == "__main__":
    main()
