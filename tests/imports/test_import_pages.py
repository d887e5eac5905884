"""A file's way in through the pages: understood, corrected, shown, taken over once, undone; each kind of file."""

from datetime import date
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import (
    EARLY,
    at,
    make_person,
    make_unit,
)
from tests.imports.files import id_number, saved, workbook
from tests.imports.test_roster_import import number, roster
from training import adjustment_imports, crypto, import_runs, registrations
from training.errors import NotAllowed, WrongState
from training.models import (
    Adjustment,
    Attainment,
    AttainmentKind,
    AttainmentLine,
    CountedSession,
    HoursLine,
    ImportRun,
    Job,
    Person,
    Posting,
    SessionLine,
    Submission,
    TransferRequest,
)

pytestmark = pytest.mark.django_db


def officer(town, serial, name):
    return make_person(
        unit=town,
        name=name,
        staff_no=f"N{serial}",
        id_number_index=crypto.blind_index(number(serial)),
        certificate_no=f"ZF{serial}",
    )


def upload(client, kind, content, name="文件.csv", **answers):
    said = {"unit": "T", "file": SimpleUploadedFile(name, content)} | answers
    answer = client.post(f"{reverse('training:imports')}?kind={kind}", said)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return ImportRun.objects.order_by("pk").last()


def act(client, run, name, **said):
    answer = client.post(reverse(f"training:import_{name}", args=[run.pk]), said)
    run.refresh_from_db()
    return answer


def shown(client, run):
    return client.get(reverse("training:import_run", args=[run.pk])).content.decode()


def sheet(header, *rows):
    return "\n".join((header, *rows)).encode("utf-8-sig")


def test_a_roster_is_shown_taken_over_once_and_undone(client, hr, town):
    before = officer(town, 1, "赵一")
    run = upload(client, "roster", roster(f"赵一,{number(1)},执法,副队长", f"钱二,{number(2)},执法,队员"))

    page = shown(client, run)
    assert run.preview["counts"] == {"created": 1, "changed": 1, "unchanged": 0, "requested": 0, "refused": 0}
    assert "钱二" in page and "副队长" in page
    assert not Person.objects.filter(name="钱二").exists()

    assert act(client, run, "apply").status_code == 302
    assert act(client, run, "apply").status_code == 409
    assert Posting.objects.current().get(person=before).post == "副队长"

    act(client, run, "undo")
    assert run.state == "undone"
    assert Posting.objects.current().get(person=before).post == ""
    assert not Posting.objects.current().filter(person__name="钱二").exists()
    again = upload(client, "roster", roster(f"钱二,{number(2)},执法,队员"))
    assert again.preview["counts"]["changed"] == 1  # the same person serves again, nobody is doubled
    act(client, again, "apply")
    assert Person.objects.filter(name="钱二").count() == 1


def test_what_something_rests_on_is_not_undone(client, hr, town):
    run = upload(client, "roster", roster(f"钱二,{number(2)},执法,队员"))
    act(client, run, "apply")
    person = Person.objects.get(name="钱二")
    line = HoursLine(person=person, studied_on=date(2026, 3, 3), category="LAW", mode="CLASS", title="班", stated=800, origin="x")
    registrations.register(unit=town, subject="hours", source="form", title="班", lines=[line], by=hr, now=at("2026-03-04"))

    assert act(client, run, "undo").status_code == 409
    assert run.state == "applied"
    assert Posting.objects.current().filter(person=person).exists()


def test_undoing_withdraws_the_transfers_asked_for_and_gives_a_phone_back(client, hr, town):
    other = make_unit(code="O", name="西红门镇人民政府", parent=town.parent)
    officer(other, 3, "孙三")
    kept = officer(town, 1, "赵一")
    kept.phone_sealed, kept.phone_index = crypto.seal("13800000001"), crypto.blind_index("13800000001")
    kept.save()
    content = roster(
        f"赵一,{number(1)},执法,13900000002", f"孙三,{number(3)},执法,13900000003", header="姓名,身份证号,岗位类别,手机号"
    )
    run = upload(client, "roster", content)
    act(client, run, "apply")
    kept.refresh_from_db()
    assert crypto.unseal(kept.phone_sealed) == "13900000002"

    act(client, run, "undo")

    kept.refresh_from_db()
    assert crypto.unseal(kept.phone_sealed) == "13800000001"
    assert TransferRequest.objects.get().state == "withdrawn"


def test_a_preview_that_no_longer_holds_is_shown_again_and_nothing_is_done(client, hr, town):
    run = upload(client, "roster", roster(f"赵一,{number(1)},执法,队员"))
    officer(town, 1, "赵一")

    act(client, run, "apply")

    assert (run.state, run.preview["counts"]["created"], run.preview["counts"]["changed"]) == ("previewed", 0, 1)
    assert run.preview["is_new"]
    act(client, run, "apply")
    assert run.state == "applied"


def test_a_preview_of_equal_counts_but_another_change_is_shown_again(client, hr, town):
    person = officer(town, 1, "赵一")
    run = upload(client, "roster", roster(f"赵一,{number(1)},执法,队长"))
    Posting.objects.filter(person=person).update(post="副队长")

    act(client, run, "apply")

    assert (run.state, run.preview["counts"]["changed"], run.preview["is_new"]) == ("previewed", 1, True)
    assert "副队长 → 队长" in run.preview["listings"][0]["rows"][0][2]


def test_a_certificate_that_two_people_hold_means_nobody(client, hr, town):
    for serial in (1, 2):
        Person.objects.filter(pk=officer(town, serial, "赵一").pk).update(certificate_no="ZF")

    run = upload(
        client, "records", sheet("姓名,执法证号,课程名称,培训时间,学时,类别", "赵一,ZF,行政处罚法,2026-03-05,4,法律法规")
    )

    assert (run.preview["counts"]["created"], run.preview["counts"]["refused"]) == (0, 1)


def test_a_column_can_be_given_another_meaning_and_the_answers_changed(client, hr, town):
    run = upload(client, "roster", sheet("人员,号码列,标记", f"赵一,{number(1)},执法"))
    assert (run.state, run.preview["refusal"]["code"]) == ("refused", "header_not_found")
    assert "号码列" in shown(client, run)

    said = {"unit": "T", "header_row": "1", "column_0": "name", "column_1": "id_number", "column_2": "staff_category"}
    act(client, run, "correct", **said)

    assert run.state == "previewed"
    assert run.preview["counts"]["created"] == 1
    act(client, run, "correct", unit="T", header_row="1", column_0="name", column_1="id_number", column_2="",
        staff_category="legal_affairs_staff")  # fmt: skip
    act(client, run, "apply")
    assert Person.objects.get(name="赵一").holdings.get().category == "legal_affairs_staff"


def test_a_large_file_is_read_in_the_background_and_followed(client, hr, town, monkeypatch):
    monkeypatch.setattr(import_runs, "LARGE", 10)
    run = upload(client, "roster", roster(f"赵一,{number(1)},执法,队员"))
    job = Job.objects.get()
    assert (job.state, job.owner, job.result) == ("done", hr, {"url": reverse("training:import_run", args=[run.pk])})

    watched = client.get(reverse("training:job", args=[job.pk]), headers={"HX-Request": "true"})
    assert watched.headers["HX-Redirect"] == job.result["url"]
    run.refresh_from_db()
    assert run.preview["counts"]["created"] == 1
    act(client, run, "apply")
    assert run.state == "applied"
    assert Job.objects.count() == 2


def test_the_wrong_file_is_discarded(client, hr, town):
    run = upload(client, "roster", roster(f"赵一,{number(1)},执法,队员"))

    act(client, run, "discard")

    assert run.state == "discarded"
    assert act(client, run, "apply").status_code == 409


def test_columns_are_given_another_meaning_in_one_sheet_alone(client, hr, town):
    made = workbook(
        甲=[("人员", "身份证号", "姓名"), ("外号", id_number(1), "赵一")],
        乙=[("姓名", "身份证号", "标记"), ("钱二", id_number(2), "执法")],
    )
    run = upload(client, "roster", saved(made), name="两表.xlsx")
    assert run.preview["counts"]["created"] == 2

    act(client, run, "correct", unit="T", column_0_0="as_found", column_1_0="as_found", column_1_2="staff_category")

    assert run.options["overrides"] == {"in_sheets": {"乙": {"2": "staff_category"}}}
    assert [row[3] for row in run.preview["listings"][0]["rows"]] == ["—", "行政执法人员"]


def test_hr_hands_out_codes_that_open_the_accounts_once(client, hr, town):
    run = upload(client, "roster", roster(f"赵一,{number(1)},执法,队员"))
    act(client, run, "apply")

    page = client.post(reverse("training:import_codes", args=[run.pk])).content.decode()
    code = page.split("<code>")[1].split("</code>")[0]
    client.logout()
    said = {
        "username": Person.objects.get(name="赵一").username,
        "code": code,
        "password": "长城脚下的守法者2026",
        "again": "长城脚下的守法者2026",
    }
    client.post(reverse("training:activate"), said)

    assert Person.objects.get(name="赵一").check_password("长城脚下的守法者2026")


def test_codes_are_not_issued_to_people_of_another_unit(client, hr, town):
    run = upload(client, "roster", roster(f"赵一,{number(1)},执法,队员"))
    act(client, run, "apply")
    other = make_unit(code="O", name="西红门镇人民政府", parent=town.parent)
    Posting.objects.filter(person__name="赵一").update(unit=other)

    assert act(client, run, "codes").status_code == 403
    assert Person.objects.get(name="赵一").activation_digest == ""


def test_records_find_people_by_certificate_where_no_other_number_stands(client, hr, town):
    person = officer(town, 1, "赵一")
    content = sheet(
        "姓名,执法证号,课程名称,培训时间,学时,类别",
        "赵一,ZF1,行政处罚法,2026-03-05,4,法律法规",
        "钱二,ZF9,行政处罚法,2026-03-05,4,法律法规",
    )
    run = upload(client, "records", content, partial="on")
    assert run.preview["counts"] == {"created": 1, "changed": 0, "unchanged": 0, "requested": 0, "refused": 1}
    assert run.preview["errors"][0]["column"] == "执法证号"

    act(client, run, "apply")

    line = HoursLine.objects.get()
    assert (line.person_id, line.stated, line.state) == (person.pk, 400, "pending")
    act(client, run, "undo")
    line.refresh_from_db()
    assert (line.state, Submission.objects.get().state) == ("revoked", "revoked")
    again = upload(client, "records", content, partial="on")
    assert again.preview["counts"]["created"] == 1


def test_sessions_come_in_as_a_batch_once(client, hr, town):
    content = sheet(
        "单位,类型,日期,主题,会议纪要编号,授课人,参加人数",
        "黄村镇人民政府,会前学法,2026-03-05,学习行政处罚法,〔2026〕3号,王主任,12",
        "黄村镇人民政府,法治专题讲座,2026-04-05,优化营商环境条例,,李教授,80",
        "区教委,会前学法,2026-03-05,学习,〔2026〕4号,张,9",
        "黄村镇人民政府,,2026-03-06,谈心会,〔2026〕5号,王,9",
    )
    run = upload(client, "sessions", content, partial="on")
    assert run.preview["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "requested": 0, "refused": 2}
    assert [error["row"] for error in run.preview["errors"]] == [4, 5]

    act(client, run, "apply")

    lines = SessionLine.objects.order_by("held_on")
    assert [(line.kind, line.reference, line.participants) for line in lines] == [
        ("PRE_MEETING", "〔2026〕3号", 12),
        ("LECTURE", "", 80),
    ]
    assert not CountedSession.objects.exists()
    again = upload(client, "sessions", content, partial="on")
    assert again.preview["counts"]["unchanged"] == 2


def test_attainments_come_in_and_restricted_kinds_do_not(client, hr, town):
    for code, restricted in (("LEGAL_QUALIFICATION", False), ("LEGAL_BACKGROUND", False), ("PRE_APPOINT_KNOWLEDGE", True)):
        AttainmentKind.objects.create(code=code, name=code, is_restricted=restricted, readers=["orgdept"] if restricted else [])
    person = officer(town, 1, "赵一")
    content = sheet(
        "姓名,工号,类型,证书编号,取得日期,是否合格",
        "赵一,N1,法律职业资格,A2020110000001,2020-03-01,",
        "赵一,N1,任职前法律知识考查,K1,2026-03-01,合格",
    )
    run = upload(client, "attainments", content, partial="on")
    assert [error["reason"] for error in run.preview["errors"]] == ["此类情况只能由组织部门录入"] or len(
        run.preview["errors"]
    ) == 1

    act(client, run, "apply")

    line = AttainmentLine.objects.get()
    assert (line.person_id, line.kind.code, line.document_no, line.is_passed) == (
        person.pk,
        "LEGAL_QUALIFICATION",
        "A2020110000001",
        True,
    )
    assert not Attainment.objects.exists()
    assert upload(client, "attainments", content, partial="on").preview["counts"]["unchanged"] == 1


def test_adjustments_come_in_as_proposals_and_the_same_file_twice_changes_nothing(client, hr, town):
    first, second = officer(town, 1, "赵一"), officer(town, 2, "钱二")
    content = sheet(
        "姓名,工号,年度,原因,应完成学时,核减学时,审批人,审批文件",
        "赵一,N1,2026,产假,免训,,王局长,京人〔2026〕1号",
        "钱二,N2,2026,借调,,20,王局长,京人〔2026〕2号",
        "孙三,N9,2026,产假,免训,,王局长,京人〔2026〕3号",
    )
    run = upload(client, "adjustments", content, partial="on")
    assert run.preview["counts"] == {"created": 2, "changed": 0, "unchanged": 0, "requested": 0, "refused": 1}
    assert run.preview["listings"][0]["rows"][1][3] == "60.00 → 40.00"

    act(client, run, "apply")

    rows = Adjustment.objects.order_by("person")
    assert [(row.person_id, row.hours, row.confirmed_at) for row in rows] == [(first.pk, 0, None), (second.pk, 4000, None)]
    assert upload(client, "adjustments", content, partial="on").preview["counts"]["unchanged"] == 2
    act(client, run, "undo")
    assert not Adjustment.objects.filter(superseded_at=None).exists()


@pytest.mark.parametrize("rows", [2, 30])
def test_an_import_of_adjustments_costs_the_same_queries_for_any_number_of_rows(rows, hr, town, django_assert_num_queries):
    for serial in range(rows):
        officer(town, serial, "赵一")
    content = sheet(
        "姓名,工号,年度,原因,核减学时,审批人,审批文件", *(f"赵一,N{i},2026,借调,20,王,京人〔2026〕2号" for i in range(rows))
    )
    with django_assert_num_queries(28):
        plan = adjustment_imports.plan(
            content=content, filename="a.csv", options=adjustment_imports.Options(unit=town), by=hr, now=at("2026-05-01")
        )
        adjustment_imports.apply(plan=plan, by=hr, now=at("2026-05-01"))

    assert Adjustment.objects.count() == rows


def test_a_batch_is_withdrawn_by_nobody_but_whoever_entered_it(hr, town):
    other = make_person(unit=town)
    line = HoursLine(
        person=officer(town, 1, "赵一"),
        studied_on=date(2026, 3, 3),
        category="LAW",
        mode="CLASS",
        title="班",
        stated=800,
        origin="x",
    )
    batch = registrations.register(
        unit=town, subject="hours", source="form", title="班", lines=[line], by=hr, now=EARLY.replace(year=2026)
    )

    with pytest.raises(NotAllowed):
        registrations.withdraw(submission=batch, by=other, now=at("2026-05-01"))
    registrations.withdraw(submission=batch, by=hr, now=at("2026-05-01"))
    with pytest.raises(WrongState):
        registrations.withdraw(submission=batch, by=hr, now=at("2026-05-01"))


@pytest.mark.data
@pytest.mark.parametrize("kind", ImportRun.Kind.values)
def test_other_products_files_are_shown_or_refused_with_a_reason_on_the_page(kind, client, hr, town, shared_data):
    files = sorted(path for path in (shared_data / "spreadsheets").rglob("*") if path.is_file())
    assert files
    for path in files:
        content = path.read_bytes()
        if not content:
            continue
        run = upload(client, kind, content, name=path.name)
        page = shown(client, run)
        assert run.state == "previewed" or run.preview["refusal"]["reason"] in unescape(page)
        assert not Person.objects.exclude(pk=hr.pk).exists()
