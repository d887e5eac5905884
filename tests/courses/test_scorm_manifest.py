"""What a SCORM manifest says of its package, and how one that says nothing usable is refused."""

import json
from dataclasses import asdict
from decimal import Decimal

import pytest

from courses.scorm import manifest, sequencing
from courses.scorm.errors import ManifestUnreadable, SequencingUnsupported
from tests.courses.packages import item, resource, several, single
from tests.courses.packages import manifest as written


@pytest.mark.data
def test_the_manifests_of_the_test_suite_state_their_facts(shared_data):
    folder = shared_data / "scorm"
    stated = json.loads((folder / "adl-manifests" / "manifest_facts.dev.json").read_text())["manifests"]
    expected = {name.split("/")[1]: facts for name, facts in stated.items() if name.startswith("scorm2004-adl/")}

    found = {
        path.parent.name: asdict(manifest.read(path.read_bytes()).facts)
        for path in sorted((folder / "adl-manifests").glob("*/imsmanifest.xml"))
    }

    assert len(found) == 89
    assert found == expected


@pytest.mark.data
def test_the_golf_example_says_what_passing_takes(shared_data):
    read = manifest.read((shared_data / "scorm" / "golf2004" / "imsmanifest.xml").read_bytes())

    (only,) = read.organisation.children
    assert (read.standard, read.edition, read.title) == ("2004", "3rd Edition", "Golf Explained - Run-time Advanced Calls")
    assert (only.title, only.href, only.is_sco, only.passing_scaled) == (
        "Golf Explained", "shared/launchpage.html", True, Decimal("0.8"),
    )  # fmt: skip
    assert sequencing.is_in_order(read) is False
    sequencing.refuse_unsupported(read)


def read(text: str | bytes):
    return manifest.read(text.encode() if isinstance(text, str) else text)


def test_what_an_item_of_1_2_says_of_itself():
    inside = (
        "<adlcp:prerequisites type='aicc_script'>I0</adlcp:prerequisites><adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>"
        "<adlcp:timelimitaction>exit,message</adlcp:timelimitaction><adlcp:datafromlms>level=2</adlcp:datafromlms>"
        "<adlcp:masteryscore>80</adlcp:masteryscore>"
    )
    found = read(single(inside=inside))

    (only,) = found.organisation.children
    assert (found.standard, found.edition, found.title) == ("1.2", "", "行政处罚程序")
    assert (only.title, only.prerequisites, only.max_seconds, only.time_limit_action) == ("第一讲", "I0", 1800, "exit,message")
    assert (only.launch_data, only.mastery_score) == ("level=2", Decimal(80))


def test_what_an_item_of_2004_says_of_itself():
    inside = (
        "<adlcp:timeLimitAction>continue,no message</adlcp:timeLimitAction><adlcp:dataFromLMS>a=1</adlcp:dataFromLMS>"
        '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.9"/><imsss:sequencing><imsss:objectives>'
        '<imsss:primaryObjective objectiveID="P" satisfiedByMeasure="true"><imsss:minNormalizedMeasure>0.6'
        "</imsss:minNormalizedMeasure></imsss:primaryObjective></imsss:objectives>"
        '<imsss:limitConditions attemptAbsoluteDurationLimit="PT1H30M"/></imsss:sequencing>'
    )
    (only,) = read(single(standard="2004", inside=inside)).organisation.children

    assert (only.passing_scaled, only.completion_threshold) == (Decimal("0.6"), Decimal("0.9"))
    assert (only.max_seconds, only.launch_data, only.time_limit_action) == (5400, "a=1", "continue,no message")


@pytest.mark.parametrize(
    ("version", "standard", "edition"),
    [
        ("1.2", "1.2", ""),
        ("CAM 1.3", "2004", "2nd Edition"),
        ("2004 2nd Edition", "2004", "2nd Edition"),
        ("2004 3rd Edition", "2004", "3rd Edition"),
        ("2004 4th Edition", "2004", "4th Edition"),
        ("2004", "2004", ""),
    ],
)
def test_edition(version, standard, edition):
    found = read(single(version=version))

    assert (found.standard, found.edition) == (standard, edition)


@pytest.mark.parametrize(
    ("base", "href", "parameters", "launched"),
    [
        ("", "index.html", "", "index.html"),
        ('xml:base="content/"', "index.html", "", "content/index.html"),
        ('xml:base="content/a/"', "../index.html", "", "content/index.html"),
        ("", "a\\index.html", "", "a/index.html"),
        ("", "index.html", "?mode=1", "index.html?mode=1"),
        ("", "index.html", "mode=1", "index.html?mode=1"),
        ("", "index.html?x=2", "?mode=1", "index.html?x=2&mode=1"),
        ("", "index.html?x=2#top", "&amp;mode=1", "index.html?x=2&mode=1#top"),
        ("", "index.html", "#page2", "index.html#page2"),
        ("", "index.html#page1", "#page2", "index.html#page1"),
    ],
)
def test_the_address_that_is_launched(base, href, parameters, launched):
    text = written(
        item("I", "讲", resource="R", attributes=f'parameters="{parameters}"'),
        resources=(resource("R", href, attributes=base),),
    )

    assert read(text).organisation.children[0].href == launched


def test_bases_add_up_and_headings_lead_to_their_parts():
    text = written(
        item(
            "A",
            "总则",
            inside=item("A1", "原则", resource="R1") + item("A2", "范围", resource="R2", attributes='isvisible="false"'),
        ),
        item("B", "罚则", resource="R2"),
        resources=(resource("R1", "one.html", attributes='xml:base="b/"'), resource("R2", "two.html", kind="asset")),
    ).replace("<resources>", '<resources xml:base="a/">')

    delivered = read(text).organisation.delivered()

    assert [
        (activity.title, [above.title for above in trail], activity.href, activity.is_sco) for activity, trail in delivered
    ] == [
        ("原则", ["总则"], "a/b/one.html", True),
        ("罚则", [], "a/two.html", False),
    ]


def test_the_default_organisation_is_shown_and_the_others_are_named():
    extra = '<organization identifier="O2"><title>另一版</title><item identifier="X"><title>X</title></item></organization>'
    found = read(single(extra=extra))

    assert (found.organisation.title, found.organisations) == ("行政处罚程序", ("行政处罚程序", "另一版"))


@pytest.mark.parametrize(
    "content",
    [
        single().encode("utf-8-sig"),
        single().replace("UTF-8", "UTF-16").encode("utf-16"),
        single().replace("UTF-8", "GB2312").encode("gb18030"),
        single().encode("gb18030"),  # says UTF-8 and is not
        single().replace("UTF-8", "gbk").encode(),
        b"\n" + single().encode(),
    ],
    ids=["bom", "utf-16", "gb2312", "gbk under utf-8", "utf-8 under gbk", "a line before"],
)
def test_encodings(content):
    assert read(content).title == "行政处罚程序"


ENTITIES = '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "为空"),
        (b"<manifest", "第 1 行"),
        (b"not xml", "第 1 行"),
        (b"<html/>", "<html>"),
        (single().replace("?>", f"?>{ENTITIES}", 1), "实体"),
        (single().replace("?>", '?><!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1), "实体"),
        (single(version="IMS CC 1.1").replace("adlcp_rootv1p2", "other"), "IMS CC 1.1"),
        (single().replace('identifierref="R1"', 'identifierref="R9"'), "R9"),
        (single(href="https://example.org/course.html"), "https://example.org/course.html"),
        (single(href="//example.org/course.html"), "//example.org/course.html"),
        (single().replace('identifierref="R1"', ""), "没有可打开的内容"),
        ("<manifest><metadata><schemaversion>1.2</schemaversion></metadata></manifest>", "<organization>"),
        (b"<manifest>" + b"\xff\xfe\x81" + b"</manifest>", "编码"),
        (b"<manifest>" + b" " * (8 * 1024 * 1024), "8 MB"),
        (single(inside="".join(["<item>"] * 60) + "</item>" * 60), "40"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_with_the_reason(content, sentence):
    with pytest.raises(ManifestUnreadable) as refusal:
        read(content)

    assert sentence in str(refusal.value)


CONTROL = "<imsss:sequencing><imsss:controlMode {}/></imsss:sequencing>"
RULE = (
    "<imsss:sequencing><imsss:sequencingRules><imsss:{0}><imsss:ruleConditions><imsss:ruleCondition condition='completed'/>"
    "</imsss:ruleConditions><imsss:ruleAction action='{1}'/></imsss:{0}></imsss:sequencingRules></imsss:sequencing>"
)


@pytest.mark.parametrize(
    ("sequencing_text", "in_order"),
    [("", False), (CONTROL.format('choice="true" flow="true"'), False), (CONTROL.format('choice="false" flow="true"'), True)],
)
def test_choice_and_flow_are_carried_out(sequencing_text, in_order):
    found = read(several(3, standard="2004", sequencing=sequencing_text))

    sequencing.refuse_unsupported(found)

    assert sequencing.is_in_order(found) is in_order


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (RULE.format("preConditionRule", "skip"), "preConditionRule skip"),
        (RULE.format("postConditionRule", "retry"), "postConditionRule retry"),
        (RULE.format("exitConditionRule", "exit"), "exitConditionRule exit"),
        (CONTROL.format('forwardOnly="true" flow="true"'), "forwardOnly"),
        (CONTROL.format('choice="false"'), "choice false, flow false"),
        ("<imsss:sequencing><imsss:limitConditions attemptLimit='2'/></imsss:sequencing>", "attemptLimit 2"),
        (
            "<imsss:sequencing><imsss:rollupRules><imsss:rollupRule childActivitySet='any'><imsss:rollupAction action='satisfied'/>"
            "</imsss:rollupRule></imsss:rollupRules></imsss:sequencing>",
            "rollupRule satisfied",
        ),
        (
            "<imsss:sequencing><imsss:randomizationControls randomizationTiming='once'/></imsss:sequencing>",
            "randomizationTiming once",
        ),
    ],
)
def test_a_rule_that_is_not_carried_out_is_refused_by_name_and_place(rules, named):
    with pytest.raises(SequencingUnsupported) as refusal:
        sequencing.refuse_unsupported(read(several(2, standard="2004", sequencing=rules)))

    assert f"“行政处罚程序”的 {named}" in str(refusal.value)


def test_a_rule_of_the_collection_is_found_where_it_is_used():
    rule = RULE.format("preConditionRule", "disabled").replace("sequencing>", 'sequencing ID="S">', 1)
    text = several(2, standard="2004", inside=('<imsss:sequencing IDRef="S"/>', "")).replace(
        "</manifest>",
        f"<imsss:sequencingCollection>{rule}</imsss:sequencingCollection></manifest>",
    )

    with pytest.raises(SequencingUnsupported) as refusal:
        sequencing.refuse_unsupported(read(text))

    assert "“第 1 讲”的 preConditionRule disabled" in str(refusal.value)


def test_roll_up_rules_do_not_stand_in_the_way_of_a_single_part():
    rules = (
        "<imsss:sequencing><imsss:rollupRules rollupProgressCompletion='false'><imsss:rollupRule>"
        "<imsss:rollupAction action='completed'/></imsss:rollupRule></imsss:rollupRules></imsss:sequencing>"
    )

    sequencing.refuse_unsupported(read(single(standard="2004", sequencing=rules)))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("00:30:00", 1800),
        ("0002:03:04.50", 7384),
        ("PT1H", 3600),
        ("P1DT2H3M4.5S", 93784),
        ("P1Y2M", 36_817_200),
        ("PT.25S", 0),
        ("P2W", 1_209_600),
        ("", None),
        ("half an hour", None),
        ("PT", None),
    ],
)
def test_time_spans_of_both_standards(text, whole):
    assert manifest.seconds(text) == whole
