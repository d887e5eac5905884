"""The running site in a real browser: each role's pages at two widths, and the main job from import to report."""

import re

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
PAGES = {
    "learner": ("/me/?year=2025", "/me/claims/", "/account/"),
    "hr": (
        "/board/",
        "/people/?status=owes",
        "/imports/",
        "/imports/?kind=sessions",
        "/hours/new/",
        "/attainments/",
        "/attainments/new/",
        "/submissions/",
        "/reports/",
        "/requirements/",
        "/sessions/?year=2025",
        "/sessions/new/",
        "/adjustments/",
        "/transfers/",
        "/courses/packages/",
        "/plan/",
        "/plan/new/",
        "/law-reports/?year=2025",
    ),
    "district": (
        "/board/?year=2025",
        "/people/",
        "/submissions/",
        "/reports/",
        "/requirements/open/",
        "/requirements/?year=2025",
        "/adjustments/?state=in_force",
    ),
    "auditor": ("/audit/", "/audit/?act=certify", "/audit/ledger/", "/board/"),
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("account", PAGES)
def test_pages_open_without_errors_and_fit_the_screen(account, width, as_account):
    page = as_account(account, width=width)
    for address in PAGES[account]:
        answer = page.goto(address)
        assert answer.status == 200, address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator("h1").count() >= 1, address


@pytest.mark.parametrize("account", PAGES)
def test_pages_have_no_serious_accessibility_fault(account, as_account):
    page = as_account(account)
    for address in PAGES[account]:
        page.goto(address)
        page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
        serious = [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in ("serious", "critical")]
        assert serious == [], address


def test_the_learner_reads_why_it_is_57_50(as_account):
    page = as_account("learner", width=390)
    page.goto("/me/?year=2025")

    assert "还差 2.50 学时" in page.inner_text(".page-lead")
    assert "60 分钟未计入：超出半天上限" in page.inner_text("#records")


def test_a_unit_is_opened_by_a_click_in_the_table_and_back_returns(as_account):
    page = as_account("district")
    page.goto("/board/?year=2025")
    assert page.locator("figure.chart svg").count() == 1

    page.click("#table-units a:has-text('黄村镇')")
    assert "unit=110115005" in page.url
    page.go_back()

    assert page.url.endswith("/board/?year=2025")
    assert "大兴区人民政府" in page.inner_text("h1")


def test_filters_swap_the_list_and_write_the_address(as_account):
    page = as_account("hr")
    page.goto("/people/?year=2025")
    page.select_option("#status", "met")
    page.wait_for_url("**status=met**")

    words = set(page.locator("#people .status").all_inner_texts())
    assert {word.strip() for word in words} == {"已达标"}


def test_a_roster_goes_in_and_the_same_file_changes_nothing(as_account, tmp_path):
    roster = tmp_path / "花名册.csv"
    roster.write_text("姓名,身份证号,岗位类别,职务\n赵一,99010119900101123X,执法,队员\n", encoding="utf-8-sig")
    page = as_account("hr")

    def upload():
        page.goto("/imports/")
        page.set_input_files("input[type=file]", str(roster))
        page.click("main button.btn-primary")
        page.wait_for_url(re.compile(r"/imports/\d+/"))

    roster.write_text(roster.read_text(encoding="utf-8-sig").replace("99010119900101123X", valid_number()), encoding="utf-8-sig")
    upload()
    assert "赵一" in page.inner_text("main")
    page.click("main button.btn-primary")
    assert "新增 1" in page.inner_text(".notice-success")

    upload()
    values = page.locator(".figure-value").all_inner_texts()
    assert values[:3] == ["0", "0", "1"]


def valid_number() -> str:
    from training.identity import ID_CHECKS, ID_WEIGHTS

    body = "99010119900101123"
    return body + ID_CHECKS[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


def test_hr_reports_and_the_district_accepts(as_account, tmp_path):
    scan = tmp_path / "盖章报告.pdf"
    scan.write_bytes(b"%PDF-1.4 stamped")
    page = as_account("hr2")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/reports/110115007/?year=2025")
    page.set_input_files("input[name=scan]", str(scan))
    page.click("text=锁定并报送")
    page.wait_for_selector("text=第 1 版")

    bureau = as_account("district")
    bureau.goto("/reports/110115007/?year=2025")
    bureau.click("button:has-text('接收')")

    assert "已接收" in bureau.inner_text(".page-lead")
    with bureau.expect_download() as download:
        bureau.click("section:last-of-type a:has-text('表格')")
    assert download.value.suggested_filename.endswith(".xlsx")


def open_the_first_batch(page):
    page.goto("/submissions/")
    page.click("tbody th a >> nth=0")
    page.wait_for_selector("[data-decide]")
    page.wait_for_load_state()


def test_a_batch_is_decided_in_two_keys_and_the_next_comes_by_itself(as_account):
    page = as_account("district")
    open_the_first_batch(page)
    first = page.inner_text("h1")
    page.keyboard.press("A")
    assert page.evaluate("document.activeElement.dataset.key") == "a"
    page.keyboard.press("Enter")
    page.wait_for_selector(f".notice-success:has-text('{first}')")
    assert "已认定" in page.inner_text(".notice-success")

    page.wait_for_load_state()
    second = page.inner_text("h1")
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.wait_for_selector(f".notice-success:has-text('{second}')")

    assert "已退回" in page.inner_text(".notice-success")
    assert page.locator("[data-decide]").count() == 1


def test_a_reason_being_typed_decides_nothing_by_its_letters_and_digits(as_account):
    page = as_account("district")
    open_the_first_batch(page)
    address = page.url
    page.keyboard.press("t")
    page.keyboard.type("3 a r n")

    assert (page.url, page.input_value("[data-decide-reason]")) == (address, "3 a r n")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice-success")
    assert "已退回" in page.inner_text(".notice-success")


def test_one_key_alone_decides_nothing(as_account):
    page = as_account("district")
    open_the_first_batch(page)
    address = page.url
    for key in ("1", "A", "2", "R"):
        page.keyboard.press(key)

    assert page.url == address
    assert page.locator(".notice-success").count() == 0
