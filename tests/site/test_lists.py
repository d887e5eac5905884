"""Lists in a real browser: order, filters, columns, keys, what is chosen, cards on a phone, the file that is taken out."""

import csv
import io

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
WIDTHS = pytest.mark.parametrize("width", [1280, 390])


def opened(as_account, address, *, account="hr", width=1280):
    page = as_account(account, width=width)
    page.goto(address)
    return page


def cells(page, column):
    return [text.strip() for text in page.locator(f"tbody [data-col={column}]").all_inner_texts()]


def figures(page, column):
    """The numbers of a column, also where a card puts its name before each."""
    return [float(text.split()[-1]) for text in cells(page, column) if text not in ("", "—")]


@WIDTHS
def test_a_heading_sorts_and_turns_the_order(width, as_account):
    page = opened(as_account, "/people/?year=2025&status=owes", width=width)
    if width == 390:
        page.click(".list-order summary")
        page.click(".list-order a:has-text('已完成')")
    else:
        page.click("thead a:has-text('已完成')")
    page.wait_for_url("**sort=attained**")
    assert page.get_attribute("thead [data-col=attained]", "aria-sort") == "ascending"
    found = figures(page, "attained")
    assert (len(found), found) == (7, sorted(found))

    if width == 390:
        page.click(".list-order summary")
        page.click(".list-order a:has-text('已完成')")
    else:
        page.click("thead a:has-text('已完成')")
    page.wait_for_url("**sort=-attained**")

    assert page.get_attribute("thead [data-col=attained]", "aria-sort") == "descending"
    assert figures(page, "attained") == sorted(found, reverse=True)


@WIDTHS
def test_a_chip_takes_its_filter_off_and_the_order_stays(width, as_account):
    page = opened(as_account, "/people/?year=2025&status=owes&category=enforcement_officer&sort=name", width=width)
    assert [text.split("：")[0] for text in page.locator(".filter-chip-label").all_inner_texts()] == ["状态", "岗位类别"]
    page.click(".filter-chip:has-text('岗位类别')")
    page.wait_for_url(lambda address: "category" not in address)
    assert (page.locator(".filter-chip").count(), "sort=name" in page.url) == (1, True)
    page.click(".filter-clear")
    page.wait_for_url(lambda address: "status" not in address)

    assert page.locator(".filter-chip").count() == 0
    assert page.input_value("#status") == ""


def test_a_filter_swapped_in_keeps_the_order_and_shows_its_chip(as_account):
    page = opened(as_account, "/people/?year=2025&sort=name")
    page.select_option("#status", "met")
    page.wait_for_url("**status=met**")
    page.wait_for_selector(".filter-chip:has-text('已达标')")

    assert page.get_attribute("thead [data-col=name]", "aria-sort") == "ascending"
    assert "sort=name" in page.url


@WIDTHS
def test_hidden_columns_stay_hidden_here_and_are_not_in_the_file(width, as_account):
    page = opened(as_account, "/people/?year=2025&status=owes", width=width)
    page.click("[data-columns] summary")
    for name in ("工号", "应完成"):
        page.uncheck(f"[data-columns] label:has-text('{name}') input")
    page.keyboard.press("Escape")
    assert page.locator("[data-columns][open]").count() == 0
    page.reload()

    shown = {
        name: page.locator(f"tbody [data-col={name}]").first.is_visible() for name in ("name", "staff_no", "required", "unit")
    }
    assert shown == {"name": True, "staff_no": False, "required": False, "unit": True}
    with page.expect_download() as download:
        page.click("[data-export]")
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["姓名", "单位", "状态", "已完成", "还差"]
    assert len(rows) == 8
    assert [row[0] for row in rows[1:]] == page.locator("tbody th a").all_inner_texts()
    page.goto("/board/?year=2025")  # each list remembers its own
    assert page.locator("tbody [data-col=obliged]").first.is_visible()
    page.goto("/people/?year=2025&status=met")
    page.click("[data-columns] summary")
    page.check("[data-columns] label:has-text('工号') input")
    assert page.locator("tbody [data-col=staff_no]").first.is_visible()


def here(page):
    return page.evaluate("(document.activeElement.closest('tbody tr') || {rowIndex: 0}).rowIndex")


def test_rows_are_walked_by_keys_and_opened(as_account):
    page = opened(as_account, "/people/?year=2025&status=owes")
    walked = []
    for key in ("ArrowDown", "j", "j", "ArrowDown", "k", "ArrowUp", "k"):
        page.keyboard.press(key)
        walked.append(here(page))
    assert walked == [0, 1, 2, 3, 2, 1, 1]
    assert (
        page.evaluate("getComputedStyle(document.activeElement.closest('tr').cells[1]).backgroundColor") == "rgb(232, 239, 248)"
    )

    page.keyboard.press("x")
    assert page.locator(".js-select-row:checked").count() == 1
    name = page.locator("tbody th a").first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/*/")

    assert page.inner_text("h1") == name


def test_letters_typed_into_a_field_walk_nowhere(as_account):
    page = opened(as_account, "/people/?year=2025&status=owes")
    page.focus("#q")
    page.keyboard.type("jkx")

    assert (page.input_value("#q"), here(page), page.locator(".js-select-row:checked").count()) == ("jkx", 0, 0)


@pytest.mark.parametrize("address", ["/people/?status=owes&year=2025", "/reports/?year=2025"])
@pytest.mark.parametrize("size", [(1280, 500), (800, 500)], ids=["whole", "narrow"])
def test_headings_and_names_stay_in_sight(address, size, as_account):
    page = as_account("district", width=size[0], height=size[1])
    page.goto(address)
    page.evaluate("document.querySelector('table[data-table] tbody tr:last-child').scrollIntoView()")
    page.evaluate("document.querySelectorAll('.is-wide').forEach(wrap => { wrap.scrollTop = 600; wrap.scrollLeft = 400; })")

    box = page.locator("table[data-table] thead th").first.bounding_box()
    assert 56 <= box["y"] <= size[1] - box["height"]
    assert 0 <= box["x"] < size[0] - 100
    name = page.evaluate(
        "(() => { const row = [...document.querySelectorAll('table[data-table] tbody th')]"
        ".find(cell => cell.getBoundingClientRect().top > 120); return row.getBoundingClientRect().left; })()"
    )
    assert 0 <= name < size[0] - 100


@pytest.mark.parametrize(
    "account, address",
    [
        ("district", "/people/"),
        ("district", "/people/?status=left"),
        ("district", "/board/?year=2025"),
        ("district", "/sessions/?year=2025"),
        ("district", "/attainments/"),
        ("district", "/submissions/?state=all"),
        ("district", "/adjustments/"),
        ("district", "/reports/?year=2025"),
        ("auditor", "/audit/"),
        ("sysadmin", "/system/accounts/"),
        ("secadmin", "/system/roles/"),
    ],
)
def test_on_a_phone_a_row_is_a_card_that_begins_with_its_name_and_standing(account, address, as_account):
    page = opened(as_account, address, account=account, width=390)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("table[data-table] thead").first.is_hidden()
    parts = page.evaluate(
        "(() => { const row = document.querySelector('table[data-table] tbody tr'); const top = (e) => e.getBoundingClientRect();"
        "const wide = [...row.cells].filter(c => top(c).right > top(row).right + 1).length;"
        "const rest = [...row.cells].slice(1).filter(c => !c.classList.contains('lead-cell') && top(c).height);"
        "const first = top(row.cells[0]); const lead = row.querySelector('.lead-cell:not(.num)');"
        "return {wide, above: rest.every(c => top(c).top >= first.bottom - 1), beside: !lead || top(lead).top < first.bottom}; })()"
    )
    assert parts == {"wide": 0, "above": True, "beside": True}
    small = page.evaluate(
        "[...document.querySelectorAll('.list-tools .btn, .list-menu-body a, table[data-table] tbody th a, .pick')]"
        ".filter(e => e.getBoundingClientRect().height && e.getBoundingClientRect().height < 44).length"
    )
    assert small == 0


def test_people_are_chosen_and_get_codes(as_account):
    page = opened(as_account, "/people/?year=2025&status=owes", account="hr2")
    page.on("dialog", lambda dialog: dialog.accept())
    act = page.locator(".js-select-act")
    assert act.is_disabled()
    page.check(".js-select-row >> nth=0")
    page.check(".js-select-row >> nth=1")
    assert page.inner_text(".js-select-count").split(" / ")[0] == "2"
    act.click()
    page.wait_for_selector(".slip")

    assert page.locator(".slip").count() == 2


def test_accounts_are_chosen_from_rows_that_hold_forms_of_their_own(as_account):
    page = opened(as_account, "/system/accounts/", account="sysadmin")
    page.check(".js-select-all")
    rows = page.locator(".js-select-row").count()
    assert (rows > 1, page.inner_text(".js-select-count")) == (True, f"{rows} / {rows}")
    page.uncheck(".js-select-row >> nth=0")

    assert page.inner_text(".js-select-count") == f"{rows - 1} / {rows}"
    assert page.evaluate("document.querySelector('.js-select-all').indeterminate") is True
