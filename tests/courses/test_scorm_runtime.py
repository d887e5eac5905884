"""What a running part reports is looked through, kept once, and resumed; what was completed stays completed."""

from datetime import timedelta

import pytest

from courses import scorm
from courses.models import ScormState
from courses.scorm import runtime
from courses.scorm.errors import OpenedElsewhere, ReportRefused
from tests.courses.packages import item, resource, several, single
from tests.courses.packages import manifest as written
from tests.courses.scorm import NOW, Study
from training.errors import WrongState

pytestmark = pytest.mark.django_db


def v12(**core) -> dict:
    return {"core": core, "suspend_data": core.pop("suspend_data", "")}


def test_a_first_opening_of_1_2_begins_from_the_start():
    study = Study(
        single(
            inside="<adlcp:masteryscore>80</adlcp:masteryscore><adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>"
            "<adlcp:timelimitaction>exit,message</adlcp:timelimitaction><adlcp:datafromlms>level=2</adlcp:datafromlms>"
        )
    )

    launch = study.begin()

    assert launch.number == 1
    assert launch.data == {
        "core": {
            "student_id": str(study.person.pk),
            "student_name": "王学习",
            "credit": "credit",
            "lesson_mode": "normal",
            "lesson_status": "not attempted",
            "entry": "ab-initio",
            "exit": "",
            "total_time": "0000:00:00",
        },
        "launch_data": "level=2",
        "student_data": {"time_limit_action": "exit,message", "mastery_score": "80", "max_time_allowed": "0000:30:00"},
    }


def test_a_suspended_part_of_1_2_is_resumed_where_it_was():
    study = Study()
    study.begin()
    study.report(
        v12(lesson_location="p3", lesson_status="incomplete", exit="suspend", session_time="00:10:05", suspend_data="a=1"),
        is_finished=True,
    )

    launch = study.begin(now=NOW + timedelta(days=1))

    core = launch.data["core"]
    assert (launch.number, core["entry"], core["lesson_location"], core["lesson_status"]) == (2, "resume", "p3", "incomplete")
    assert (core["total_time"], launch.data["suspend_data"], "session_time" in core) == ("0000:10:05", "a=1", False)


def test_a_part_that_broke_off_is_resumed_and_one_that_ended_is_not():
    study = Study()
    study.begin()
    study.report(v12(lesson_location="p3", lesson_status="incomplete"))
    assert study.begin().data["core"]["entry"] == "resume"
    study.report(v12(lesson_location="p4", lesson_status="completed"), launch=2, is_finished=True)

    core = study.begin().data["core"]

    assert (core["entry"], core["lesson_location"], core["lesson_status"]) == ("", "p4", "completed")


def test_a_suspended_part_of_2004_is_resumed_and_a_normal_end_begins_anew():
    study = Study(single(standard="2004"))
    assert study.begin().data["entry"] == "ab-initio"
    study.report(
        {"location": "3", "suspend_data": "z", "exit": "suspend", "completion_status": "incomplete", "session_time": "PT90S"},
        is_finished=True,
    )
    resumed = study.begin().data
    assert (resumed["entry"], resumed["location"], resumed["suspend_data"]) == ("resume", "3", "z")
    assert (resumed["completion_status"], resumed["total_time"]) == ("incomplete", "PT90S")
    study.report({"location": "9", "exit": "normal", "completion_status": "completed"}, launch=2, is_finished=True)

    anew = study.begin().data

    assert (anew["entry"], "location" in anew, anew["completion_status"], anew["total_time"]) == (
        "ab-initio",
        False,
        "unknown",
        "PT90S",
    )
    assert scorm.is_complete(study.person, study.lesson)


def test_a_report_that_comes_twice_or_late_changes_nothing():
    study = Study()
    study.begin()
    study.report(v12(lesson_status="incomplete", lesson_location="2", session_time="00:02:00"), revision=2)
    study.report(v12(lesson_status="completed", lesson_location="1"), revision=1)
    study.report(v12(lesson_status="completed", lesson_location="9"), revision=2)

    state = ScormState.objects.get()

    assert (state.revision, state.status, state.data["core"]["lesson_location"], state.total_seconds) == (
        2,
        "incomplete",
        "2",
        120,
    )


def test_only_the_last_opening_reports():
    study = Study()
    study.begin()
    study.begin()

    with pytest.raises(OpenedElsewhere):
        study.report(v12(lesson_status="completed"), launch=1)
    study.report(v12(lesson_status="incomplete"), launch=2)

    assert ScormState.objects.get().status == "incomplete"


@pytest.mark.parametrize("launch", [2, 0, -1, True, "1", None, 2**40])
def test_an_opening_that_never_was_does_not_report(launch):
    study = Study()
    study.begin()

    with pytest.raises(ReportRefused):
        study.report(v12(lesson_status="completed"), launch=launch)

    assert ScormState.objects.get().completed_at is None


def test_a_lesson_is_complete_when_all_its_parts_are_and_stays_so(django_assert_num_queries):
    study = Study()
    study.begin(1)
    study.report(v12(lesson_status="completed"), 1)
    assert not scorm.is_complete(study.person, study.lesson)
    study.begin(2)
    study.report({"core": {"lesson_status": "passed", "score": {"raw": "90"}}}, 2)
    study.begin(2, now=NOW + timedelta(hours=1))
    study.report({"core": {"lesson_status": "failed", "score": {"raw": "10"}}}, 2, launch=2)

    with django_assert_num_queries(1):
        assert scorm.is_complete(study.person, study.lesson)
    state = ScormState.objects.get(unit=study.parts[1])
    assert (state.status, state.score, state.completed_at) == ("passed", 9000, NOW)


MASTERY = "<adlcp:masteryscore>80</adlcp:masteryscore>"
PASSING = (
    "<imsss:sequencing><imsss:objectives><imsss:primaryObjective objectiveID='P' satisfiedByMeasure='true'>"
    "<imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure></imsss:primaryObjective></imsss:objectives></imsss:sequencing>"
)
THRESHOLD = "<adlcp:completionThreshold>0.9</adlcp:completionThreshold>"


@pytest.mark.parametrize(
    ("standard", "inside", "data", "finished", "status", "score"),
    [
        ("1.2", "", {"core": {"lesson_status": "completed"}}, False, "completed", None),
        ("1.2", "", {"core": {"lesson_status": "passed", "score": {"raw": "85.5"}}}, False, "passed", 8550),
        ("1.2", "", {"core": {"lesson_status": "failed", "score": {"raw": "20"}}}, True, "failed", 2000),
        ("1.2", "", {"core": {"lesson_status": "browsed"}}, True, "incomplete", None),
        ("1.2", "", {"core": {"lesson_status": "incomplete"}}, True, "incomplete", None),
        ("1.2", "", {"core": {}}, False, "incomplete", None),
        ("1.2", "", {"core": {"lesson_status": "not attempted"}}, True, "completed", None),
        ("1.2", "", {"core": {"exit": "suspend"}}, True, "incomplete", None),
        ("1.2", MASTERY, {"core": {"lesson_status": "completed", "score": {"raw": "79.99"}}}, False, "failed", 7999),
        ("1.2", MASTERY, {"core": {"lesson_status": "failed", "score": {"raw": "80"}}}, False, "passed", 8000),
        ("1.2", MASTERY, {"core": {"lesson_status": "incomplete", "score": {"raw": "95"}}}, False, "incomplete", 9500),
        ("1.2", MASTERY, {"core": {"lesson_status": "completed"}}, False, "completed", None),
        ("2004", "", {"completion_status": "completed", "success_status": "unknown"}, False, "completed", None),
        ("2004", "", {"completion_status": "completed", "success_status": "failed"}, False, "failed", None),
        ("2004", "", {"completion_status": "incomplete", "success_status": "failed"}, False, "incomplete", None),
        ("2004", "", {"completion_status": "incomplete", "success_status": "passed"}, False, "passed", None),
        ("2004", "", {"completion_status": "unknown"}, True, "completed", None),
        ("2004", "", {"completion_status": "unknown"}, False, "incomplete", None),
        ("2004", "", {"completion_status": "not attempted"}, True, "incomplete", None),
        ("2004", "", {"score": {"raw": "8", "min": "0", "max": "10"}}, False, "incomplete", 8000),
        ("2004", PASSING, {"completion_status": "completed", "score": {"scaled": "0.7999"}}, False, "failed", 7999),
        ("2004", PASSING, {"completion_status": "completed", "score": {"scaled": "0.8"}}, False, "passed", 8000),
        ("2004", PASSING, {"completion_status": "completed", "success_status": "passed", "score": {"scaled": "-0.5"}}, False, "failed", -5000),
        ("2004", THRESHOLD, {"completion_status": "completed", "progress_measure": "0.89"}, False, "incomplete", None),
        ("2004", THRESHOLD, {"completion_status": "incomplete", "progress_measure": "0.9"}, False, "completed", None),
    ],
)  # fmt: skip
def test_status_and_score(standard, inside, data, finished, status, score):
    study = Study(single(standard=standard, inside=inside))
    study.begin()

    state = study.report(data, is_finished=finished)

    assert (state.status, state.score, state.completed_at is not None) == (status, score, status in ("completed", "passed"))


def nested(depth: int) -> dict:
    return {"a": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    ("standard", "data", "sentence"),
    [
        ("1.2", [], "数据模型"),
        ("1.2", {"suspend_data": "x" * 4097}, "cmi.suspend_data 超过 4096"),
        ("1.2", {"core": {"lesson_location": "x" * 256}}, "cmi.core.lesson_location 超过 255"),
        ("1.2", {"core": {"lesson_status": "done"}}, "done"),
        ("1.2", {"core": {"exit": "later"}}, "later"),
        ("1.2", {"core": {"score": {"raw": "101"}}}, "101"),
        ("1.2", {"core": {"score": {"raw": "-1"}}}, "-1"),
        ("1.2", {"core": {"score": {"raw": "NaN"}}}, "NaN"),
        ("1.2", {"core": {"score": {"raw": "good"}}}, "good"),
        ("1.2", {"core": {"session_time": "an hour"}}, "an hour"),
        ("1.2", {"core": {"lesson_status": 1}}, "cmi.core.lesson_status 不是文本"),
        ("1.2", {"a b": "x"}, "cmi.a b"),
        ("1.2", {"comments": "\x00"}, "cmi.comments"),
        ("1.2", {"comments": "\ud800"}, "cmi.comments"),
        ("1.2", nested(9), "嵌套"),
        ("1.2", {f"c{n}": "x" * 60_000 for n in range(9)}, "512 KB"),
        ("2004", {"suspend_data": "x" * 64001}, "64000"),
        ("2004", {"location": "x" * 1001}, "1000"),
        ("2004", {"score": {"scaled": "1.01"}}, "1.01"),
        ("2004", {"progress_measure": "2"}, "progress_measure"),
        ("2004", {"success_status": "completed"}, "completed"),
        ("2004", {"session_time": "00:00"}, "00:00"),
    ],
)  # fmt: skip
def test_what_the_standard_does_not_allow_is_refused_and_nothing_is_kept(standard, data, sentence):
    study = Study(single(standard=standard))
    study.begin()

    with pytest.raises(ReportRefused) as refused:
        study.report(data)

    assert sentence in str(refused.value)
    state = ScormState.objects.get()
    assert (state.revision, state.data, state.status) == (0, {}, "incomplete")


def test_suspend_data_is_kept_to_the_last_character():
    study = Study(single(standard="2004"))
    study.begin()
    study.report({"suspend_data": "学" * 64000})

    assert study.begin().data["suspend_data"] == "学" * 64000


def test_the_time_a_package_reports_is_added_up_and_never_shrinks():
    study = Study()
    study.begin()
    study.report(v12(session_time="00:10:00"), revision=1)
    study.report(v12(session_time="00:05:00"), revision=2)
    study.begin(now=NOW + timedelta(hours=1))
    study.report(v12(session_time="9999:00:00"), launch=2)

    assert ScormState.objects.get().total_seconds == 600 + 10_000_000


def test_an_asset_is_done_once_it_was_opened():
    study = Study(written(item("I1", "资料", resource="R1"), resources=(resource("R1", "index.html", kind="asset"),)))
    assert not scorm.is_complete(study.person, study.lesson)

    study.begin()

    assert scorm.is_complete(study.person, study.lesson)


def test_prerequisites_hold_a_part_back():
    study = Study(several(2, inside=("", "<adlcp:prerequisites>I1</adlcp:prerequisites>")))
    assert [part.is_open for part in study.menu()] == [True, False]
    study.begin(1)
    with pytest.raises(WrongState):
        study.begin(2)
    study.report(v12(lesson_status="completed"), 1)

    assert [part.is_open for part in study.menu()] == [True, True]
    assert study.begin(2).number == 1


def test_parts_in_order_open_one_after_the_other():
    flow = "<imsss:sequencing><imsss:controlMode choice='false' flow='true'/></imsss:sequencing>"
    study = Study(several(3, standard="2004", sequencing=flow))
    seen = [[part.is_open for part in study.menu()]]
    for number in (1, 2):
        study.begin(number)
        seen.append([part.is_open for part in study.menu()])

    assert seen == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize("parts", [1, 4])
def test_the_menu_costs_the_same_queries_for_any_number_of_parts(parts, django_assert_num_queries):
    study = Study(parts=parts)

    with django_assert_num_queries(2):
        assert len(study.menu()) == parts


def test_a_preview_keeps_nothing():
    study = Study()

    launch = runtime.preview(person=study.person, unit=study.parts[0])

    assert (launch.number, launch.data["core"]["lesson_mode"], launch.data["core"]["credit"]) == (0, "browse", "no-credit")
    assert ScormState.objects.count() == 0
