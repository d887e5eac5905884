"""The library as people read it: found, read, compared, at the same number of queries for any number of articles."""

from datetime import date

import pytest
from django.urls import reverse

from laws import library
from laws.reading import read_law
from tests.factories import EARLY, make_district, make_person

pytestmark = pytest.mark.django_db


def law_text(articles: int, *, day="2020年1月1日", words="应当记录") -> str:
    head = f"# 中华人民共和国试验法\n\n{day} 试验会议通过\n\n## 第一章 总则\n\n"
    body = "\n\n".join(f"第{i}条 第{i}种情形{words}。\n\n（一）情形甲；\n\n（二）情形乙。" for i in range(1, articles + 1))
    return f"{head}{body}\n"


def enter(articles=3, label="2020-01-01", **facts):
    text = read_law(law_text(articles, **facts), filename=f"试验法({label}).md")
    return library.enter(text=text, now=EARLY, effective_on=date.fromisoformat(label)).version


@pytest.fixture
def reader(client, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # whatever the engine: a session is one query
    client.force_login(make_person(unit=make_district()))
    return client


def test_a_law_is_read_with_an_address_for_every_article(reader):
    enter()

    page = reader.get("/laws/试验法/").content.decode()

    assert [page.count(f'id="article-{ref}"') for ref in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert reverse("laws:article_of_version", args=["试验法", "2020-01-01", "2"]) in page
    assert page.count("passage-item") == 6


@pytest.mark.parametrize("articles", [2, 40])
def test_reading_costs_the_same_queries_for_any_number_of_articles(reader, django_assert_num_queries, articles):
    enter(articles)
    reader.get("/laws/试验法/")

    with django_assert_num_queries(10):
        reader.get("/laws/试验法/")


@pytest.mark.parametrize("laws", [1, 30])
def test_the_library_costs_the_same_queries_for_any_number_of_laws(reader, django_assert_num_queries, laws):
    for i in range(laws):
        library.enter_metadata(title=f"中华人民共和国第{i}法", label="2020", now=EARLY, effective_on=date(2020, 1, 1))
    reader.get("/laws/")

    with django_assert_num_queries(6):
        page = reader.get("/laws/")

    assert page.content.decode().count('class="law-name"') == laws


def test_an_article_leads_to_its_neighbours_and_its_older_words(reader):
    enter()
    enter(label="2024-01-01", words="应当立即记录")

    page = reader.get("/laws/试验法/articles/2/").content.decode()

    assert "应当立即记录" in page
    assert "第二条 in the wording" not in page
    assert [reverse("laws:article_of_version", args=["试验法", "2024-01-01", ref]) in page for ref in ("1", "3")] == [True, True]
    assert "第2种情形应当记录。" in page


def test_an_article_known_by_its_gist_says_that_it_is_no_official_text(reader):
    library.enter_metadata(
        title="中华人民共和国甲法", label="2020", now=EARLY, effective_on=date(2020, 1, 1), gists={"5": "五日内答复。"}
    )

    page = reader.get("/laws/甲法/articles/5/").content.decode()

    assert "五日内答复。" in page
    assert "要义，非官方文本" in page


def test_two_versions_stand_side_by_side_with_the_changed_words_marked(reader):
    enter()
    enter(label="2024-01-01", words="应当立即记录")

    page = reader.get("/laws/试验法/compare/").content.decode()

    assert page.count("<ins>立即</ins>") == 3
    assert "<del>" not in page


@pytest.mark.parametrize(
    ("query", "address"),
    [("试验法第二条", "/laws/%E8%AF%95%E9%AA%8C%E6%B3%95/articles/2/"), ("试验法", "/laws/%E8%AF%95%E9%AA%8C%E6%B3%95/")],
)
def test_a_query_that_names_an_article_goes_straight_there(reader, query, address):
    enter()

    assert reader.get("/laws/search/", {"q": query})["Location"] == address


@pytest.mark.parametrize(
    "query",
    [
        "第１条", "第万条", "第" + "9" * 5000 + "条", "试验法第一万万条", "试验法 ²", '"', "'", "*", "a* OR b", "NEAR(a b)", "(", "-", "%", "_",
        "\\", "\0", "\0登记", "登" * 3000, "登 " * 3000, "登", "law", "Ｌａｗ", "&|!<->:*", "登记:*", "'; DROP TABLE laws_words; --", "第", "条", "😀", "𠮷",
        "　", "《》", "试验法第", "登记\n记录", "<script>alert(1)</script>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/laws/search/", "/laws/", "/api/v1/articles/", "/api/v1/laws/"])
def test_any_query_has_an_answer(reader, address, query):
    enter()

    assert reader.get(address, {"q": query}).status_code in (200, 302)


def test_words_are_shown_in_their_article_and_older_wordings_on_request(reader):
    enter()
    enter(label="2024-01-01", words="应当立即登记")

    now = reader.get("/laws/search/", {"q": "登记"}).content.decode()
    old = reader.get("/laws/search/", {"q": "记录"}).content.decode()
    every = reader.get("/laws/search/", {"q": "记录", "all": "1"}).content.decode()

    assert (now.count("<mark>登记</mark>"), old.count("<mark>"), every.count("<mark>记录</mark>")) == (3, 0, 3)


@pytest.mark.parametrize("address", ["/laws/无此法/", "/laws/试验法/versions/1999/", "/laws/试验法/articles/99/"])
def test_what_is_not_there_is_not_found(reader, address):
    enter()

    assert reader.get(address).status_code == 404


def test_the_api_gives_articles_in_force_and_those_in_which_words_stand(reader):
    enter()
    enter(label="2024-01-01", words="应当立即登记")

    rows = reader.get("/api/v1/articles/", {"law": "试验法"}).json()
    found = reader.get("/api/v1/articles/", {"q": "记录", "version": "2020-01-01"}).json()
    laws = reader.get("/api/v1/laws/试验法/").json()

    assert [(row["ref"], row["version"]) for row in rows["results"]] == [
        ("1", "2024-01-01"),
        ("2", "2024-01-01"),
        ("3", "2024-01-01"),
    ]
    assert found["count"] == 3
    assert [version["label"] for version in laws["versions"]] == ["2020-01-01", "2024-01-01"]
