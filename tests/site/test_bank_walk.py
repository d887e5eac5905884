"""The bank in a real browser: written, reviewed by keys, a law amended under it, confirmed; on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from laws.numerals import numeral_of

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]
ARTICLES = ["为了试验，制定本法。", "行政机关应当自受理之日起二十日内作出决定。", "决定应当公开。"]


def law(day: str, articles: list[str]) -> dict:
    year, month, rest = day.split("-")
    lines = [
        "# 中华人民共和国试验许可法",
        "",
        f"{year}年{int(month)}月{int(rest)}日通过，自{year}年{int(month)}月{int(rest)}日起施行",
        "",
    ]
    lines += [f"第{numeral_of(at)}条　{text}\n" for at, text in enumerate(articles, 1)]
    return {"name": f"试验许可法({day}).md", "mimeType": "text/markdown", "buffer": "\n".join(lines).encode()}


def import_law(page, file: dict):
    page.goto("/bank/laws/import/")
    page.set_input_files("#id_file", file)
    page.click("main form button.btn-primary")
    expect(page.locator("h1")).to_have_text("中华人民共和国试验许可法")
    page.click(".page-acts form button")
    expect(page.locator("#notices")).to_contain_text("试验许可法")


def test_a_question_is_written_reviewed_and_follows_its_law(as_account):
    district = as_account("district")
    import_law(district, law("2024-01-01", ARTICLES))

    author = as_account("author")
    author.goto("/bank/new/?kind=single_choice")
    author.fill("#stem", "试验许可的决定期限是多少日？（　）")
    for letter, text in zip("ABC", ("十日", "二十日", "六十日"), strict=True):
        author.fill(f"input[name=option_{letter}]", text)
    author.check("input[name=key][value=B]")
    author.fill("#citations", "试验许可法 第二条")
    expect(author.locator("#preview .question-options li")).to_have_count(3)  # as a candidate sees it, while it is written
    author.click("main form button.btn-primary")
    code = author.locator("h1").text_content()
    author.click(".page-acts form button")
    expect(author.locator(".page-lead")).to_contain_text("待审核")

    reviewer = as_account("reviewer")
    reviewer.goto("/bank/review/")
    expect(reviewer.locator("h1")).to_have_text(code)
    expect(reviewer.locator(".decide-proof")).to_contain_text(ARTICLES[1])
    reviewer.keyboard.press("a")
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator("#notices")).to_contain_text(f"{code}：已通过")

    amended = [ARTICLES[0], ARTICLES[1].replace("二十日", "十五日"), ARTICLES[2]]
    import_law(district, law("2025-01-01", amended))
    reviewer.goto("/bank/alerts/")
    reviewer.click(".page-acts a")
    expect(reviewer.locator("h1")).to_have_text(code)
    expect(reviewer.locator("mark.is-new")).to_have_text("五")
    reviewer.keyboard.press("r")
    reviewer.keyboard.press("1")
    expect(reviewer.locator("#notices")).to_contain_text(f"{code}：已退役")


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_of_the_bank_is_wider_than_its_screen(as_account, width):
    page = as_account("reviewer", width=width)
    for address in (
        "/bank/", "/bank/items/1/", "/bank/items/1/edit/", "/bank/new/?kind=case_analysis", "/bank/review/", "/bank/alerts/",
        "/bank/duplicates/", "/bank/imports/",
    ):  # fmt: skip
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize(
    ("title", "questions", "marks"),
    [("领导干部任前法律知识考查", 80, "100"), ("依法行政能力测试（案例分析）", 2, "40")],
    ids=["knowledge check", "ability test"],
)
def test_a_paper_is_drawn_shown_and_printed(as_account, title, questions, marks):
    page = as_account("reviewer")
    page.goto("/papers/blueprints/")
    page.click(f"text={title}")
    expect(page.locator(".page-lead")).to_contain_text(f"{marks}")
    page.check("input[name=strategy][value=ab]")
    page.fill("#seed", "2026-春")
    page.click("#draw form button.btn-primary")

    page.click("tbody th a >> nth=0")
    expect(page.locator(".paper-questions > li")).to_have_count(questions)
    assert page.locator("text=参考答案").count() == 0
    page.go_back()
    for word, start in (("试卷", b"PK"), ("答题卡", b"PK"), ("答案", b"PK")):
        with page.expect_download() as download:
            page.click(f"tbody tr:first-child a:has-text('{word}') >> nth=-1")
        assert download.value.path().read_bytes().startswith(start)
        assert download.value.suggested_filename == f"{title}-A-{word}.docx"


def test_an_answer_is_explained_at_once_and_what_was_wrong_stands_in_the_notebook(as_account):
    page = as_account("cadre1", width=390)
    page.goto("/practice/")
    page.click(".practice-begin button >> nth=0")
    wrong, is_last = 0, False
    while not is_last:
        page.click("button[name=unknown]")
        expect(page.locator(".practice-verdict")).to_contain_text("答错")
        expect(page.locator("main a[href*='/articles/']").first).to_be_visible()  # the article beside the explanation
        wrong += 1
        is_last = page.locator("form[action$='/finish/'] [data-next]").count() == 1
        page.click("[data-next]")

    expect(page.locator(".page-lead")).to_contain_text(f"共 {wrong} 题，答对 0 题")
    page.click("form:has(input[value=notebook]) button")
    expect(page.locator(".practice-progress")).to_contain_text(f"共 {wrong} 题")
