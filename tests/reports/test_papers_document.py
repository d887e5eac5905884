"""Papers printed for a room without computers: what stands where, no key in what candidates get, the same bytes again."""

import io
import shutil
import subprocess
import zipfile

import docx
import pytest
from django.urls import reverse

from exams import blueprints, papers
from exams.blueprints import CellPlan, Plan, SectionPlan
from exams.models import ItemVersion
from reports import papers_document
from tests.exams.bank import NOW, make_law
from tests.exams.papers import fill_bank
from tests.factories import make_district, make_person, make_role
from training.models import AuditEvent, Job

pytestmark = pytest.mark.django_db
WRITERS = {"paper": papers_document.paper, "sheet": papers_document.answer_sheet, "key": papers_document.key}


@pytest.fixture
def paper():
    reviewer = make_person(name="审题人")
    make_role(person=reviewer, unit=make_district(), role="reviewer")
    law = make_law()
    fill_bank(30, law=law)
    fill_bank(2, kinds=("case_analysis",), prefix="c")
    ItemVersion.objects.filter(kind="single_choice").update(explanation="告知是法定程序。")
    plan = Plan(
        title="领导干部任前法律知识考查", pass_mark=3000, minutes=60, code="trial",
        sections=(
            SectionPlan("单项选择题", "single_choice", 100, (CellPlan(5),)),
            SectionPlan("多项选择题", "multiple_choice", 200, (CellPlan(3),), "half"),
            SectionPlan("判断题", "true_false", 100, (CellPlan(4),)),
            SectionPlan("案例分析题", "case_analysis", 2000, (CellPlan(1),)),
        ),
    )  # fmt: skip
    blueprint = blueprints.make(plan, by=reviewer, now=NOW)
    return papers.draw(blueprint=blueprint, strategy="ab", seed="2026", by=reviewer, now=NOW).papers.get(label="A")


def written(form, paper) -> bytes:
    made = io.BytesIO()
    WRITERS[form](made, paper=paper, sections=papers.sections_of(paper), images={})
    return made.getvalue()


def lines(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs if paragraph.text]


def grids(content: bytes) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(io.BytesIO(content)).tables]


def test_the_paper_has_its_sections_with_marks_its_questions_in_order_and_no_key(paper):
    said = lines(written("paper", paper))

    assert said[:2] == ["领导干部任前法律知识考查", "（A卷）"]
    assert "1．本试卷共4个大题、13题，总分35分，考试时间60分钟。" in said
    assert [line for line in said if line[0] in "一二三四" and "、" in line[:2]] == [
        "一、单项选择题（共5题，每题1分，共5分；每题只有一个正确答案，多选、错选、不选均不得分）",
        "二、多项选择题（共3题，每题2分，共6分；每题有两个或者两个以上正确答案；少选得一半分，错选、不选不得分）",
        "三、判断题（共4题，每题1分，共4分；正确的划“√”，错误的划“×”）",
        "四、案例分析题（共1题，每题20分，共20分）",
    ]
    sections = papers.sections_of(paper)
    numbered = [line for line in said if line.split("．")[0].isdigit() and line.split("．")[1].startswith("第")]
    assert numbered == [f"{q.number}．{q.version.stem}" for section in sections for q in section.questions]
    first = sections[0].questions[0]
    at = said.index(f"1．{first.version.stem}")
    assert said[at + 1] == "\t".join(f"{o['id']}．{o['html']}" for o in first.body["options"])
    assert not [line for line in said if "答案：" in line or "解析" in line or "采分点" in line]


def test_the_answer_sheet_has_a_place_for_each_question(paper):
    content = written("sheet", paper)

    tables = grids(content)
    assert tables[0][0] == ["1", "2", "3", "4", "5", "", "", ""]
    assert tables[0][1][:5] == ["A B C D"] * 5
    assert tables[2][:2] == [["9", "10", "11", "12", *[""] * 6], ["√ ×"] * 4 + [""] * 6]
    assert lines(content)[-3:] == ["13．", "（1）A　B", "（2）（16分）"]


def test_the_key_has_answers_grounds_and_scoring_points(paper):
    content = written("key", paper)
    said = lines(content)
    sections = papers.sections_of(paper)

    right = ["".join(q.body["key"]) for q in sections[0].questions]
    assert grids(content)[0][1][:5] == right
    at = said.index(f"1．答案：{right[0]}")
    assert said[at + 1 : at + 3] == ["解析：告知是法定程序。", "依据：《测试处罚法》第五条"]
    assert said[-4:] == ["（2）（16分）", "采分点（6分）：职权", "采分点（10分）：程序", "参考答案：略"]


@pytest.mark.parametrize("form", WRITERS)
def test_the_same_paper_gives_the_same_bytes(form, paper):
    assert written(form, paper) == written(form, paper)


@pytest.mark.office
def test_each_page_says_which_it_is_and_of_how_many(paper, tmp_path):
    source = tmp_path / "paper.docx"
    source.write_bytes(written("paper", paper))
    command = [
        shutil.which("soffice"),
        "--headless",
        f"-env:UserInstallation=file://{tmp_path}/office",
        "--convert-to",
        "pdf",
        "--outdir",
    ]
    subprocess.run([*command, str(tmp_path), str(source)], check=True, capture_output=True, timeout=180)
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "paper.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout
    pages = text.split("\f")[:-1]

    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in page.replace(" ", "").replace("\u3000", "")
        assert paper.digest[:12] in page


def test_all_papers_of_a_draw_come_in_one_archive_and_the_trail_keeps_it(paper, client, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    client.force_login(paper.paper_set.created_by)

    answer = client.post(reverse("reports:print_papers", args=[paper.paper_set_id]))

    job = Job.objects.get()
    assert (answer.status_code, answer.url, job.state) == (302, reverse("training:job", args=[job.pk]), "done")
    content = b"".join(client.get(reverse("training:job_file", args=[job.pk])).streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        title = "领导干部任前法律知识考查"
        names = [f"{word}/{title}-{label}-{word}.docx" for label in "AB" for word in ("试卷", "答题卡", "答案")]
        assert archive.namelist() == names
        assert archive.read(names[0]) == written("paper", paper)
        assert archive.read(names[2]) == written("key", paper)
    event = AuditEvent.objects.get(act="export_papers")
    assert (event.subject, event.facts) == (f"paper_set:{paper.paper_set_id}", {"code": "trial", "papers": 2})
