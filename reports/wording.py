"""Words and roundings that workbook and document share. The words are the form's own language and are not translated."""

from training.templatetags.ui import hours_text as hours
from training.templatetags.ui import percent_text as percent

__all__ = ["average", "hours", "percent"]

DASH = "—"
STANDING = {
    "met": "已达标",
    "base_missing": "基础学时不足",
    "on_track": "进度正常",
    "behind": "进度滞后",
    "unmet": "未达标",
    "exempt": "免训",
    "no_target": "未设定",
}
LEFT = {"left": "离岗", "moved": "调出", "category_ended": "不再任执法岗位"}
NOT_COUNTED = {
    "no_minutes_reference": "无会议纪要编号",
    "no_lecturer": "无授课人",
    "no_topic": "无学习主题",
    "no_attendee_list": "无参加人员名单",
    "too_short": "时长不足",
    "event_already_counted": "同一活动已计入",
}
HAS_COURSE = {True: "是", False: "否", None: "不适用"}
CARRIED = "沿用，依据待确认"
REPORT = {"draft": "未报", "submitted": "待审核", "accepted": "已接收", "returned": "已退回"}
CATEGORIES = {
    "PROFESSIONAL": "业务知识",
    "LAW": "法律法规",
    "XI_RULE_OF_LAW": "习近平法治思想",
    "POLITICAL_THEORY": "政治理论",
    "PARTY_SPIRIT": "党性教育",
    "OTHER": "其他",
}
COUNTED = ("PROFESSIONAL", "LAW")  # of reports locked before requirements named their categories


def counted_of(data: dict) -> tuple[str, ...]:
    """The categories that count toward the hours, by the requirements the report was made under."""
    named = [c for r in data.get("requirements", ()) if r["measure"] == "hours" for c in r.get("counted", COUNTED)]
    return tuple(category for category in CATEGORIES if category in (named or COUNTED))


def _counted(counted, between: str = " + ", word: str = "") -> str:
    return between.join(CATEGORIES[category] + word for category in counted)


def _beside(counted) -> str:
    names = [CATEGORIES[category] for category in ("POLITICAL_THEORY", "PARTY_SPIRIT") if category not in counted]
    return f"；{'、'.join(names)}学时在此之外，不计入。" if names else "。"


def definitions(counted=COUNTED) -> tuple[str, ...]:
    """What stands under the tables: every rate with its base, and the categories that count."""
    return (
        "口径：应训人数为期末（或统计日）在本单位任执法岗位的人员，离岗、调出人员另列，每人只计一次。",
        "参训率 = 实训／应训；达标率（严格）= 达标／应训；达标率（调整后）= 调整后达标／（应训 − 免训）；人均 = 合计／应训人数。",
        f"计入60学时 = {_counted(counted, word='学时')}{_beside(counted)}线上学时占比 = 业务知识、法律法规学时中的线上学时／计入学时。",
        "含应急法治课程班次 = 依法行政专题培训中设置应急法治课程的班次，底数为依法行政专题培训班次（见计算数据）。",
        "参考率 = 实考／应考；合格率 = 合格／实考。占比 = 取得法律职业资格或者具有法律专业背景的人员（不重复计）／在编人员。",
        "“—”表示数据来源尚未建立或者底数为零，不是零。",
    )


def document_definitions(counted=COUNTED) -> tuple[str, ...]:
    return (*definitions(counted)[:2], f"计入学时 = {_counted(counted, word='学时')}{_beside(counted)}")


def people_notes(counted=COUNTED) -> tuple[str, ...]:
    return (
        f"计入60学时 = {_counted(counted)}；尚缺 = 应完成学时 − 计入60学时，不小于零；应完成学时按批准的调整核减，依据见“调整依据”。",
    )


def record_notes(counted=COUNTED) -> tuple[str, ...]:
    return (
        f"计入60学时的类别为{_counted(counted, '、')}；合计为全部类别学时之和。冲销记录以负数列示。",
        "分钟为原始记录，“—”表示来源直接载明学时。",
    )


SESSION_NOTES = (
    "计入：符合计入条件的计1次，不符合的计0并列明原因；一次会议学习多项内容计1次。应急法治课程只对依法行政专题培训适用。",
)
BASE_NOTES = ("本表为表1各比率、人均的底数，学时以百分之一学时为单位取整数，表1的公式由此计算，四舍五入。",)


def average(total, people) -> int | None:
    """Hundredths per head, half up."""
    return (2 * total + people) // (2 * people) if people else None


def per_mille(part, base) -> int | None:
    """A share in thousandths, half up: what `percent` prints and a cell holds, so that both show the same digit."""
    return (2000 * part + base) // (2 * base) if base and part is not None else None


def target(found: dict) -> str:
    """What a target is called: its requirement, with the kind of session where the requirement counts several."""
    return f"{found['requirement']}（{found['kind']}）" if found.get("kind") else found["requirement"]


def bases(data: dict) -> list[dict]:
    """The requirements a report rests on: the hours, and the sessions that are asked of one of its own bodies."""
    asked = {found["requirement"] for found in data["targets"]}
    return [r for r in data["requirements"] if "hours" in r["measure"] or (r["measure"] == "sessions" and r["title"] in asked)]
