"""Packages in a real browser: they launch, report, resume and keep their hands off the platform."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.courses import running
from tests.courses.packages import item, resource, single, zipped
from tests.courses.packages import manifest as written

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]


class Courses:
    """Packages and lessons of the running site, made and read beside it."""

    def __init__(self, site, folder: Path):
        self.site, self.folder, self.count = site, folder, 0

    def run(self, code: str):
        head = "import django; django.setup(); import json\n"
        answer = subprocess.run(
            [sys.executable, "-c", head + code],
            cwd=ROOT, env=os.environ | self.site.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr[-2000:]
        return json.loads(answer.stdout or "null")

    def lesson(self, files: dict[str, str | bytes], title: str) -> int:
        """A published course with one lesson: the package of `files`."""
        self.count += 1
        path = self.folder / f"{self.count}.zip"
        path.write_bytes(zipped(files))
        return self.run(f"""
from django.utils import timezone
from courses.models import Course, Lesson
from courses.scorm import package
from training.models import Unit
now = timezone.now()
taken = package.receive(file=open({str(path)!r}, "rb"), name="课件.zip", by=None, now=now)
course = Course.objects.create(code="scorm-{self.count}-" + taken.sha256[:8], title={title!r}, state="published", published_at=now,
    created_at=now, unit=Unit.objects.get(parent=None))
lesson = Lesson.objects.create(course=course, position=1, kind="scorm", title={title!r}, category="LAW", seconds=600, package=taken)
print(json.dumps(lesson.pk))
""")

    def states(self, lesson: int) -> list:
        return self.run(f"""
from courses.models import ScormState
rows = ScormState.objects.filter(lesson={lesson}).order_by("unit__position")
print(json.dumps([[s.unit.position, s.status, s.score, s.total_seconds, s.completed_at is not None] for s in rows]))
""")

    def data(self, lesson: int) -> dict:
        return self.run(f"""
from courses.models import ScormState
print(json.dumps(ScormState.objects.get(lesson={lesson}).data))
""")


@pytest.fixture(scope="session")
def courses(live_site, tmp_path_factory):
    return Courses(live_site, tmp_path_factory.mktemp("packages"))


def opened(page, lesson: int, *, part: int | None = None):
    """The window of the part that runs inside the frame inside the page."""
    page.goto(f"/courses/lessons/{lesson}/package/" + (f"?part={part}" if part else ""))
    return page.frame_locator(".scorm-frame").frame_locator("#part")


def text(window, name="#seen") -> str:
    window.locator(f"{name}:not(:empty)").wait_for(timeout=15000)
    return window.locator(name).text_content()


def said(page) -> str:
    return page.locator("[data-scorm-state]").inner_text()


@pytest.mark.parametrize(
    ("standard", "part", "inside", "first", "again"),
    [
        (
            "1.2", running.PART_12,
            "<adlcp:datafromlms>level=2</adlcp:datafromlms><adlcp:masteryscore>80</adlcp:masteryscore>",
            ["ab-initio", "not attempted", "", "", "{name}", "00:00:00", "80", "level=2"],
            ["resume", "incomplete", "p3", "第三页", "{name}", "00:01:05", "80", "level=2"],
        ),
        (
            "2004", running.PART_2004,
            "<adlcp:dataFromLMS>level=2</adlcp:dataFromLMS><imsss:sequencing><imsss:objectives><imsss:primaryObjective objectiveID='P' "
            "satisfiedByMeasure='true'><imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure></imsss:primaryObjective>"
            "</imsss:objectives></imsss:sequencing>",
            ["ab-initio", "unknown", "", "", "{name}", "PT0S", "0.8", "level=2"],
            ["resume", "incomplete", "p3", "第三页", "{name}", "PT65S", "0.8", "level=2"],
        ),
    ],
    ids=["1.2", "2004"],
)  # fmt: skip
def test_a_part_is_suspended_resumed_and_passed(standard, part, inside, first, again, courses, as_account):
    lesson = courses.lesson(
        {"imsmanifest.xml": single(standard=standard, inside=inside), "index.html": part}, f"断点续学 {standard}"
    )
    page = as_account("learner")
    window = opened(page, lesson)
    name = page.locator(".topbar-me a").inner_text()
    assert text(window).split("|") == [value.format(name=name) for value in first]

    window.get_by_text("suspend").click()
    page.locator("[data-scorm-state]", has_text="已结束").wait_for()
    assert courses.states(lesson) == [[1, "incomplete", None, 65, False]]
    window = opened(page, lesson)
    assert text(window).split("|") == [value.format(name=name) for value in again]
    window.get_by_text("fail").click()
    assert text(window, "#said") == "truetrue"
    assert courses.states(lesson) == [[1, "failed", 6000, 185, False]]
    window = opened(page, lesson)
    text(window)
    window.get_by_text("finish").click()
    assert text(window, "#said") == "truetrue"

    assert courses.states(lesson) == [[1, "passed", 8500, 305, True]]
    page.locator("#scorm-menu", has_text="各部分均已完成").wait_for()
    menu = page.locator("#scorm-menu").inner_text()
    assert "85 分" in menu


def test_several_parts_with_a_menu_and_prerequisites(courses, as_account):
    text_of = written(
        item("A", "总则", inside=item("I1", "第一节", resource="R1") + item("I2", "第二节", resource="R2")),
        item("I3", "考核", resource="R3", inside="<adlcp:prerequisites>A</adlcp:prerequisites>"),
        resources=tuple(resource(f"R{n}", f"part.html?n={n}") for n in (1, 2, 3)),
    )
    lesson = courses.lesson({"imsmanifest.xml": text_of, "part.html": running.PART_12}, "多节课件")
    page = as_account("learner")
    window = opened(page, lesson)
    text(window)
    entries = page.locator("#scorm-menu li")
    assert [line.split("\n")[0].split(" ")[0] for line in entries.all_inner_texts()] == ["总则", "第一节", "第二节", "考核"]
    assert page.locator("#scorm-menu a[data-scorm-leave]").all_inner_texts() == ["第一节", "第二节", "下一部分"]

    window.get_by_text("finish").click()
    text(window, "#said")
    page.get_by_role("link", name="下一部分").click()
    page.wait_for_url("**?part=2")
    window = page.frame_locator(".scorm-frame").frame_locator("#part")
    text(window)
    window.get_by_text("finish").click()
    text(window, "#said")
    page.get_by_role("link", name="考核").click()
    page.wait_for_url("**?part=3")
    window = page.frame_locator(".scorm-frame").frame_locator("#part")
    text(window)

    assert courses.states(lesson) == [
        [1, "completed", 8500, 120, True], [2, "completed", 8500, 120, True], [3, "incomplete", None, 0, False],
    ]  # fmt: skip


def test_parts_that_only_begin_and_end_are_completed_one_by_one_from_the_menu(courses, as_account):
    text_of = written(
        *(item(f"I{n}", f"第 {n} 节", resource=f"R{n}") for n in range(1, 19)),
        resources=tuple(resource(f"R{n}", f"part.html?n={n}") for n in range(1, 19)),
    )
    lesson = courses.lesson({"imsmanifest.xml": text_of, "part.html": running.LEAST_12}, "最少调用")
    page = as_account("learner", width=390)
    window = opened(page, lesson)
    assert text(window) == "true"
    page.get_by_role("link", name="下一部分").click()
    page.wait_for_url("**?part=2")
    assert text(page.frame_locator(".scorm-frame").frame_locator("#part")) == "true"
    page.goto("/account/")
    opened(page, lesson)
    page.locator("#scorm-menu li[aria-current]", has_text="第 3 节").wait_for()

    assert courses.states(lesson)[:2] == [[1, "completed", None, 0, True], [2, "completed", None, 0, True]]
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_a_part_says_while_it_is_closed_is_kept(courses, as_account):
    """Its last words come while the page goes away, when nobody can wait for an answer."""
    files = {
        "imsmanifest.xml": single(),
        "index.html": running.PART_12.replace("found = []", "found = [], late = (window.late = true)"),
    }
    lesson = courses.lesson(files, "关闭时上报")
    page = as_account("learner")
    text(opened(page, lesson))
    page.goto("/account/")
    window = opened(page, lesson)

    assert text(window).split("|")[:3] == ["resume", "not attempted", "last"]


def test_a_part_that_ends_itself_before_it_is_taken_away_is_resumed(courses, as_account):
    page_of = running.PART_2004.replace(
        "</script>", "window.onbeforeunload = suspend; window.onunload = function () {};</script>"
    )
    lesson = courses.lesson({"imsmanifest.xml": single(standard="2004"), "index.html": page_of}, "离开前结束")
    page = as_account("learner")
    text(opened(page, lesson))
    page.goto("/account/")

    window = opened(page, lesson)

    assert text(window).split("|")[:4] == ["resume", "incomplete", "p3", "第三页"]


def test_a_part_that_looks_for_the_other_standard_first_meets_no_stranger(courses, as_account):
    page_of = running.PART_12.replace('find("API")', 'find("API_1484_11") || find("API")')
    lesson = courses.lesson({"imsmanifest.xml": single(), "index.html": page_of}, "自动识别标准")

    assert text(opened(as_account("learner"), lesson)).startswith("ab-initio|not attempted|")


def test_frames_windows_odd_names_and_byte_order_marks_work_as_authoring_tools_use_them(courses, as_account):
    files = {
        "imsmanifest.xml": single(href="START.html"),
        "start.html": running.FRAMES,
        "bar.html": running.BAR,
        "inner/page.html": running.INNER,
        "scripts/lib.js": "var fromLibrary = '库';",
        "pop.html": running.POP,
    }
    lesson = courses.lesson(files, "框架课件")
    page = as_account("learner")
    window = opened(page, lesson).frame_locator("frame[name=main]")
    assert text(window) == "2|库|?x=%E5%AD%A6"

    with page.expect_popup() as popup:
        window.get_by_text("open").click()
    popup.value.wait_for_function("document.body && document.body.textContent === 'popup'")

    assert courses.data(lesson)["core"]["lesson_location"] == "popup"
    assert courses.states(lesson) == [[1, "completed", None, 0, True]]


@pytest.mark.parametrize("standard", ["1.2", "2004"])
def test_a_package_reaches_nothing_of_the_platform(standard, courses, live_site, as_account, browser):
    files = {
        "imsmanifest.xml": single(standard=standard),
        "index.html": running.SPY.replace("home = MAIN", f"home = {live_site.url!r}"),
        "data.json": "{}",
        "worker.js": "",
    }
    lesson = courses.lesson(files, f"越权尝试 {standard}")
    # a page of its own: what is blocked is told in the console, which fails a test otherwise
    signed_in = as_account("learner").context.storage_state()
    context = browser.new_context(storage_state=signed_in, base_url=live_site.url)
    page = context.new_page()
    window = opened(page, lesson)

    seen = json.loads(text(window))

    assert seen == {
        "cookie": "",
        "top document": "SecurityError",
        "top location": "SecurityError",
        "top api": "SecurityError",
        "navigate": "SecurityError",
        "fetch": "TypeError",
        "fetch blind": "TypeError",
        "own fetch": "404",
        "own pages": "404",
        "own file": "200",
        "worker": "SecurityError",
        "image": "blocked",
        "form": "submitted",  # and blocked: the account is still signed in
    }
    page.goto("/account/")
    assert page.url == f"{live_site.url}/account/"
    context.close()


def test_a_maker_uploads_a_package_and_tries_it(courses, as_account):
    page = as_account("hr")
    page.goto("/courses/packages/")
    content = zipped({"imsmanifest.xml": single(title="试用课件"), "index.html": running.PART_12})
    page.set_input_files("#id_file", {"name": "试用.zip", "mimeType": "application/zip", "buffer": content})
    page.get_by_role("button", name="上传").click()
    page.wait_for_url("**/courses/packages/*/")
    assert page.locator("h1").inner_text() == "试用课件"
    page.get_by_role("link", name="预览").click()
    window = page.frame_locator(".scorm-frame").frame_locator("#part")

    assert text(window).split("|")[:2] == ["ab-initio", "not attempted"]
    window.get_by_text("finish").click()
    assert text(window, "#said") == "truetrue"


def test_a_broken_connection_is_told_and_what_was_reported_is_sent_again(courses, as_account):
    lesson = courses.lesson({"imsmanifest.xml": single(), "index.html": running.PART_12.replace("讲", "断网")}, "断网课件")
    page = as_account("learner")
    window = opened(page, lesson)
    text(window)
    inside = window.locator("body")
    page.context.set_offline(True)
    inside.evaluate("set('cmi.core.lesson_location', 'offline')")
    assert inside.evaluate("api.LMSCommit('')") == "false"
    page.locator("[data-scorm-state]", has_text="网络中断").wait_for()

    page.context.set_offline(False)

    page.locator("[data-scorm-state]", has_text="已保存").wait_for()
    assert courses.data(lesson)["core"]["lesson_location"] == "offline"


def test_suspend_data_past_the_standard_is_refused_to_the_part_itself(courses, as_account):
    lesson = courses.lesson({"imsmanifest.xml": single(), "index.html": running.PART_12.replace("讲", "过长")}, "过长课件")
    window = opened(as_account("learner"), lesson)
    text(window)

    answers = window.locator("body").evaluate(
        "() => [set('cmi.suspend_data', 'x'.repeat(4097)), api.LMSGetLastError(), set('cmi.suspend_data', 'x'.repeat(4096)), "
        "api.LMSGetLastError(), api.LMSCommit(null)]"
    )

    assert answers == ["false", "405", "true", "0", "true"]


def test_the_window_opened_last_reports_and_the_first_is_told(courses, as_account):
    lesson = courses.lesson({"imsmanifest.xml": single(), "index.html": running.PART_12.replace("讲", "两处")}, "两处打开")
    page = as_account("learner")
    first = opened(page, lesson)
    text(first)
    second_page = page.context.new_page()
    second = opened(second_page, lesson)
    text(second)

    assert first.locator("body").evaluate("set('cmi.core.lesson_status', 'completed') + api.LMSCommit('')") == "truefalse"
    assert "另一个窗口" in said(page)
    assert second.locator("body").evaluate("set('cmi.core.lesson_status', 'incomplete') + api.LMSCommit('')") == "truetrue"

    assert courses.states(lesson) == [[1, "incomplete", None, 0, False]]


def test_a_part_of_2004_asks_for_the_next_one(courses, as_account):
    flow = "<imsss:sequencing><imsss:controlMode choice='false' flow='true'/></imsss:sequencing>"
    text_of = written(
        item("I1", "第一节", resource="R1"),
        item("I2", "第二节", resource="R2"),
        resources=tuple(resource(f"R{n}", f"part.html?n={n}", standard="2004") for n in (1, 2)),
        standard="2004",
        sequencing=flow,
    )
    lesson = courses.lesson({"imsmanifest.xml": text_of, "part.html": running.PART_2004}, "依次学习")
    page = as_account("learner")
    window = opened(page, lesson)
    text(window)

    window.locator("body").evaluate("set('adl.nav.request', 'continue')")
    window.get_by_text("finish").click()
    page.wait_for_url("**?part=2")
    text(page.frame_locator(".scorm-frame").frame_locator("#part"))

    assert courses.states(lesson) == [[1, "completed", 8500, 120, True], [2, "incomplete", None, 0, False]]
