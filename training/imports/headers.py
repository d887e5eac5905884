"""What columns are called. One table per kind of workbook: role, its name on the page, the headings offices give it."""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

_BLANKS = re.compile(r"[\s\u00a0\u200b\u200c\u200d\u2060\ufeff*★☆●#]+")
_BRACKETS = re.compile(r"[(\[【〔{<《][^)\]】〕}>》]*[)\]】〕}>》]")
_EDGES = ":：。.，,、;；-—_/"


def normalise_header(text: str) -> str:
    """A heading without line breaks, inner blanks, asterisks and full-width letters."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).strip(_EDGES).lower()


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    label: object
    headings: frozenset[str]
    pattern: re.Pattern | None = None


def role(code, label, headings, pattern=None) -> Role:
    return Role(code, label, frozenset(map(normalise_header, headings.split())), pattern and re.compile(pattern))


class Vocabulary:
    """The roles of one kind of workbook, in the order in which patterns are tried."""

    def __init__(self, *roles: Role, required: tuple[str, ...] = (), one_of: tuple[tuple[str, ...], ...] = ()):
        self.roles = {entry.code: entry for entry in roles}
        self.required = required
        self.one_of = one_of
        self._exact = {heading: entry.code for entry in reversed(roles) for heading in entry.headings}
        self._patterns = [(entry.pattern, entry.code) for entry in roles if entry.pattern]

    def is_heading(self, text) -> bool:
        return type(text) is str and len(text) < 60 and self.role_of(text) is not None

    def role_of(self, text: str, group: str = "") -> str | None:
        """The role a heading names; `group` is the merged heading above it, asked where the lower one alone says too little."""
        name = normalise_header(text)
        if not name or len(name) > 40:
            return None
        if group:
            above = normalise_header(group)
            both = self._match(above + name)
            if name in _SAYS_TOO_LITTLE or self._match(name) is None:
                return both
        return self._match(name)

    def _match(self, name: str) -> str | None:
        bare = _BRACKETS.sub("", name).strip(_EDGES)
        for candidate in (name, bare):
            if candidate in self._exact:
                return self._exact[candidate]
        for pattern, code in self._patterns:
            if pattern.search(bare or name):
                return code
        return None

    def missing(self, roles) -> list[str]:
        """Codes of the roles a table still needs."""
        missing = [code for code in self.required if code not in roles]
        for choices in self.one_of:
            if not any(code in roles for code in choices):
                missing.append(choices[0])
        return missing

    def labels(self, codes) -> str:
        return "、".join(str(self.roles[code].label) for code in codes)


_SAYS_TOO_LITTLE = frozenset(
    "编号 号码 证号 号 类别 类型 名称 时间 日期 等级 种类 机关 发证机关 发证日期 有效期 有效期至 状态 专业 成绩 起 止 开始 结束 自 至".split()
)

_SEQ = role("seq", _("serial number"), "序号 序 编号 No 行号 项次 顺序号 index")
_NAME = role(
    "name",
    _("name"),
    "姓名 名字 人员姓名 员工姓名 学员姓名 参训人员 参训人员姓名 执法人员姓名 干部姓名 姓名全称 参训人 学员 name",
)
_SEX = role("sex", _("sex"), "性别 男女 gender sex")
_ID_NUMBER = role(
    "id_number",
    _("ID number"),
    "身份证 身份证号 身份证号码 身份证件号 身份证件号码 公民身份号码 公民身份证号码 居民身份证号 居民身份证号码 证件号 证件号码 身份号码 身份证编号 "
    "idcard idnumber idno",
    r"(?<!领导)(?:身份证|公民身份)(?!.*(?:有效|地址|复印|类型|发证))",
)
_STAFF_NO = role(
    "staff_no", _("staff number"), "工号 员工号 员工编号 人员编号 职工号 工作证号 人员代码 职工编号 干部编号 staffno"
)
_UNIT = role(
    "unit",
    _("unit"),
    "单位 所在单位 工作单位 单位名称 所属单位 现工作单位 执法单位 执法主体 执法机关 检查机关 任职单位 所在单位名称 单位全称 人员所在单位 所属机关 "
    "工作单位名称 机构名称 所属机构 参训单位 学员单位 unit",
)
_UNIT_AND_DEPARTMENT = role(
    "unit_and_department",
    _("unit and department"),
    "单位及部门 单位部门 单位/部门 所在单位及部门 工作单位及部门 单位及科室 单位科室 单位/科室 所在单位及科室 工作单位及科室 单位和部门 单位(部门) "
    "单位及内设机构 单位及处室 工作单位及处室",
    r"单位.{0,2}(?:部门|科室|内设|处室)",
)
_DEPARTMENT = role(
    "inner_department",
    _("internal department"),
    "部门 科室 内设机构 内设机构/执法队 所在部门 所属部门 所在科室 处室 执法队 执法队伍 所属科室 所属队 中队 所在内设机构 部门名称 科室名称 内设科室",
    r"^(?:所在|所属)?(?:内设|科室|处室|部门)",
)
_PHONE = role(
    "phone",
    _("mobile number"),
    "手机 手机号 手机号码 联系电话 联系方式 移动电话 电话 电话号码 联系手机 本人手机 本人手机号 phone mobile tel 联系号码",
    r"手机|联系电话|移动电话",
)
_OFFICE_PHONE = role("office_phone", _("office telephone"), "办公电话 座机 固定电话 办公室电话 固话 单位电话", r"办公.*电话|座机")
_REMARKS = role("remarks", _("remarks"), "备注 说明 附注 备考 其他说明 remarks", r"^备注")

ROSTER = Vocabulary(
    _SEQ,
    _NAME,
    _SEX,
    _ID_NUMBER,
    role("ethnicity", _("ethnic group"), "民族"),
    role("birth", _("date of birth"), "出生年月 出生日期 出生年月日 出生时间 生日 出生 birthday", r"^出生"),
    role("political", _("political status"), "政治面貌 党派 政治身份"),
    role(
        "major",
        _("major"),
        "所学专业 专业 毕业专业 学习专业 专业名称 毕业院校及专业 毕业院校系及专业 院校及专业 学历专业",
        r"专业$",
    ),
    role("education", _("education"), "学历 最高学历 文化程度 全日制学历 学历学位 学历/学位 全日制教育", r"学历|文化程度"),
    role("degree", _("degree"), "学位 最高学位 学位名称"),
    _UNIT_AND_DEPARTMENT,
    _UNIT,
    _DEPARTMENT,
    role(
        "establishment",
        _("type of establishment"),
        "编制性质 编制 编制类型 人员性质 编制类别 人员身份 用工性质 人员编制 身份性质 身份",
        r"编制",
    ),
    role(
        "post_and_rank",
        _("post and rank"),
        "职务职级 职务/职级 职务、职级 职务及职级 职务(职级) 职务与职级 现任职务职级",
        r"职务.{0,2}职级",
    ),
    role("post_level", _("post level"), "职务层次 职务级别 行政级别 级别 职务层级 领导职务层次"),
    role("rank", _("rank"), "职级 现职级 职级等级 公务员职级 现任职级 职级名称", r"职级"),
    role("post", _("post"), "职务 现任职务 行政职务 岗位 岗位名称 担任职务 工作岗位 职位", r"职务"),
    role(
        "staff_category",
        _("staff category"),
        "岗位类别 人员类别 执法人员类别 人员类型 岗位类型 执法岗位 执法岗位类别 人员分类 类别",
        r"(?:岗位|人员)(?:类别|类型)",
    ),
    role(
        "certificate_no",
        _("certificate number"),
        "执法证号 执法证件号 执法证件号码 执法证编号 行政执法证号 行政执法证件号码 执法证号码 行政执法证 "
        "行政执法证编号 执法证件编号 证件编号 行政执法证件编号 证书编号 执法证",
        r"执法证(?:件)?(?:号|编号|$)",
    ),
    role(
        "certificate_kind",
        _("kind of certificate"),
        "证件种类 执法证件种类 证件类型 执法证种类 执法证类型",
        r"执法证.*(?:种类|类型|类别)",
    ),
    role("certificate_issuer", _("issuing body"), "发证机关 发证单位 执法证发证机关 核发机关", r"发证(?:机关|单位)"),
    role(
        "certificate_from",
        _("issued on"),
        "发证日期 发证时间 领证日期 证件起始日期 执法证发证日期 核发日期 有效期起 发证年月",
        r"(?:发证|领证)(?:日期|时间)",
    ),
    role(
        "certificate_to",
        _("valid to"),
        "有效期至 证件有效期 有效期 有效期限 执法证有效期 证件有效期至 有效期止 到期日期 执法证有效期至 截止日期",
        r"有效期",
    ),
    role("certificate_state", _("state of the certificate"), "证件状态 执法证状态 持证状态 证件情况", r"证件状态|持证"),
    role("enforcement_field", _("field of enforcement"), "执法类别 执法类别(领域) 执法领域 执法种类 执法范围"),
    role("enforcement_area", _("area of enforcement"), "执法区域 执法地域 执法辖区"),
    role(
        "legal_class",
        _("class of the legal qualification"),
        "法律职业资格类别 法律职业资格证类别 资格证类别 法律职业资格证书类别 法律职业资格(类别)",
        r"(?:法律职业|司法|法考|律师).*(?:类别|类型|等级)",
    ),
    role(
        "legal_no",
        _("legal qualification number"),
        "法律职业资格证号 法律职业资格证书号 法律职业资格证号(类别) 法律职业资格 法律职业资格证书编号 "
        "法律职业资格证 法律职业资格证书 司法考试证书号 法律资格证号 法考证号 是否取得法律职业资格 律师资格",
        r"法律职业资格|司法考试|法考",
    ),
    role("exam", _("qualification exam"), "资格考试成绩 资格考试成绩/日期 考试成绩 资格考试日期 资格考试", r"资格考试"),
    role(
        "entered_unit",
        _("entered the unit on"),
        "入职日期 入职时间 到岗时间 到岗日期 入职年月 进入本单位时间 进本单位时间 到本单位时间 到单位时间 来本单位时间 "
        "调入时间 调入日期 上岗日期 上岗时间 任现职时间 到任时间",
        r"入职|到岗|(?:进|到|入).{0,2}本?单位(?:工作)?(?:时间|日期)",
    ),
    role(
        "work_started", _("began work on"), "参加工作时间 参加工作日期 工作时间 参加工作年月 参工时间 参加工作", r"参加工作|参工"
    ),
    _OFFICE_PHONE,
    _PHONE,
    _STAFF_NO,
    _REMARKS,
    required=("name",),
    one_of=(("id_number", "staff_no"),),
)

RECORDS = Vocabulary(
    _SEQ,
    role(
        "title",
        _("course"),
        "培训班名称 班次名称 课程 课程名称 培训名称 培训项目 培训内容 培训主题 学习内容 班次 活动名称 项目名称 课程/班次名称 培训班 学习课程 "
        "培训课程 题目 讲座名称 培训班次 课程题目 培训班名 title course",
        r"(?:培训|课程|班次|学习|项目|活动|讲座).{0,3}(?:名称|题目|主题|内容)",
    ),
    _NAME,
    _ID_NUMBER,
    _STAFF_NO,
    _SEX,
    role("minutes", _("minutes"), "分钟 分钟数 时长(分钟) 学习时长(分钟) 培训时长(分钟) 学时(分钟) 时长分钟 minutes", r"分钟"),
    role("days", _("days"), "天数 培训天数 学习天数 参训天数 天", r"天数"),
    role(
        "start",
        _("start date"),
        "开始日期 开始时间 起始日期 起始时间 培训开始时间 开班日期 开班时间 自",
        r"(?:开始|起始|开班|开学)(?:日期|时间)",
    ),
    role(
        "end",
        _("end date"),
        "结束日期 结束时间 终止日期 截止日期 培训结束时间 结业日期 结业时间 至 止",
        r"(?:结束|终止|截止|结业)(?:日期|时间)",
    ),
    role(
        "dates",
        _("dates"),
        "起止时间 起止日期 培训时间 培训日期 日期 时间 学习时间 学习日期 起止年月 参训时间 参训日期 培训起止时间 上课时间 上课日期 完成日期 "
        "完成时间 date",
        r"(?:起止|培训|学习|参训|上课|完成|举办|授课)(?:时间|日期)",
    ),
    role("half_day", _("half-day"), "半天 上午/下午 上下午 时段 时间段 半日", r"时段|上午"),
    role(
        "hours",
        _("study hours"),
        "学时 学时数 课时 课时数 培训学时 学时(学分) 时长 总学时 完成学时 认定学时 获得学时 学时(节) 培训课时 折合学时 计入学时 申报学时 学习时长 "
        "培训时长 小时 小时数 学时(小时) 时长(小时) 培训时长(小时) hours",
        r"学时|课时|时长",
    ),
    role("arrangement", _("arrangement"), "培训类型 学习类型 培训性质 训练类型 参训类型 培训种类 培训安排", r"培训(?:类型|性质)"),
    role(
        "form",
        _("form of study"),
        "培训形式 形式 培训方式 学习形式 学习方式 方式 线上/线下 线上线下 授课方式 参训方式 参训形式 培训途径",
        r"形式|方式",
    ),
    role("category", _("category"), "类别 培训类别 学时类别 课程类别 内容类别 学习类别 学时类型 内容分类", r"类别"),
    role(
        "organiser",
        _("organiser"),
        "主办单位 举办单位 承办单位 培训机构 组织单位 培训单位 主办机关 主办 施教机构 举办机构",
        r"主办|举办单位|承办",
    ),
    role(
        "result",
        _("result"),
        "考核结果 考试结果 结果 是否合格 考核情况 结业情况 考核成绩 考试成绩 成绩 是否通过 是否结业 考核 培训结果 完成情况 考核等次",
        r"考核|是否(?:合格|通过|结业)|结业",
    ),
    role(
        "officer_certificate",
        _("certificate number"),
        "执法证号 执法证件号 执法证件号码 执法证编号 行政执法证号 行政执法证件号码 执法证号码 行政执法证编号",
        r"执法证(?:件)?(?:号|编号)",
    ),
    role(
        "certificate_no",
        _("certificate of completion"),
        "证书编号 证书号 结业证书编号 结业证号 证书号码 结业证书号 合格证编号 培训证书编号",
        r"证书",
    ),
    _UNIT_AND_DEPARTMENT,
    _UNIT,
    _DEPARTMENT,
    _PHONE,
    _REMARKS,
    required=("title",),
    one_of=(("id_number", "staff_no", "officer_certificate", "name"), ("hours", "minutes", "days"), ("dates", "start")),
)

SESSIONS = Vocabulary(
    _SEQ,
    role(
        "unit",
        _("unit"),
        "单位 单位名称 主办单位 举办单位 组织单位 学法单位 所在单位 会议单位 会议主体 单位全称 承办单位",
        r"单位",
    ),
    role("kind", _("kind"), "类型 活动类型 类别 学法类型 种类 形式 学习形式 会议类型 项目类型", r"类型|类别"),
    role(
        "lecturer_post",
        _("post of the lecturer"),
        "主讲人职务 主讲人单位及职务 主讲人单位职务 讲师职务 授课人职务 职务",
        r"(?:主讲|授课|讲师|讲课).*职务",
    ),
    role(
        "lecturer",
        _("lecturer"),
        "主讲人 讲师 授课人 主讲人姓名 主讲 讲课人 授课老师 主讲专家 讲法领导 授课教师 宣讲人",
        r"主讲|讲师|授课人|讲课人",
    ),
    role(
        "participants",
        _("number of participants"),
        "参加人数 参会人数 人数 参训人数 参加人数(人) 参学人数 听课人数 出席人数",
        r"人数",
    ),
    role("minutes", _("minutes"), "时长(分钟) 时长 分钟 学习时长 分钟数 学法时长 时长分钟", r"时长|分钟"),
    role(
        "reference",
        _("minutes reference"),
        "会议届次 纪要文号 会议纪要文号 会议纪要 届次 会议次数 会议期次 文号 纪要编号 会议届次/纪要文号 期次 通知文号",
        r"届次|文号|纪要|期次",
    ),
    role("event", _("same event"), "同一活动 关联活动 活动编号 同一活动编号 合并活动", r"同一活动|活动编号"),
    role(
        "emergency",
        _("emergency-law course"),
        "是否含应急法治课程 应急法治课程 含应急课程 是否设置应急法治课程 应急课程 是否含应急课程",
        r"应急",
    ),
    role("special", _("special training on administration by law"), "是否依法行政专题培训 依法行政专题培训", r"是否.*专题"),
    role("ended", _("end date"), "结束日期 结束时间 截止日期 至", r"(?:结束|截止)(?:日期|时间)"),
    role(
        "held",
        _("date"),
        "日期 时间 举办日期 举办时间 会议日期 会议时间 学法日期 学法时间 开始日期 起止时间 起止日期 开展时间 召开时间 培训时间",
        r"时间|日期",
    ),
    role("laws", _("laws studied"), "学习法律 法律法规 学习法律法规 学习的法律 法律法规名称 所学法律", r"法律|法规"),
    role("topics", _("topics"), "主题 学习内容 内容 议题 学法内容 专题 课程 讲座主题 学习主题", r"内容|主题|议题"),
    role(
        "title",
        _("title"),
        "名称 会议名称 活动名称 标题 题目 讲座名称 班次名称 讲座题目 会议 项目名称 培训班名称",
        r"名称|题目|标题",
    ),
    role("place", _("place"), "地点 会议地点 举办地点", r"地点"),
    _REMARKS,
    required=("held",),
    one_of=(("title", "topics", "laws", "reference"),),
)

ATTAINMENTS = Vocabulary(
    _SEQ,
    _NAME,
    _ID_NUMBER,
    _STAFF_NO,
    _SEX,
    role(
        "kind",
        _("kind"),
        "类型 类别 项目 考试类型 考试类别 资格类型 资格名称 考试名称 项目类型 证书类型 证书名称 资格类别 名称",
        r"考试(?:类型|类别|名称)|资格(?:类型|名称)|类型",
    ),
    role("score", _("score"), "成绩 分数 得分 考试成绩 总分 考试分数", r"成绩|分数|得分"),
    role("passed", _("result"), "是否合格 结果 考试结果 是否通过 合格情况 等次 考核结果", r"合格|通过|结果"),
    role("valid_to", _("valid to"), "有效期至 有效期止 有效期 截止日期 到期日期 失效日期", r"有效期(?!起)|到期|截止"),
    role(
        "valid_from",
        _("valid from"),
        "日期 取得日期 考试日期 取得时间 发证日期 有效期起 获得日期 考试时间 通过日期 授予日期 毕业日期 毕业时间 生效日期",
        r"日期|时间|有效期起",
    ),
    role(
        "document_no",
        _("document number"),
        "证书编号 证号 证书号 文号 编号 证书号码 资格证号 学位证书编号 批次",
        r"证书|证号|编号|文号",
    ),
    role("major", _("major"), "所学专业 专业", r"专业"),
    _UNIT_AND_DEPARTMENT,
    _UNIT,
    _DEPARTMENT,
    _PHONE,
    _REMARKS,
    required=("valid_from",),
    one_of=(("id_number", "staff_no"),),
)

ADJUSTMENTS = Vocabulary(
    _SEQ,
    _NAME,
    _ID_NUMBER,
    _STAFF_NO,
    _SEX,
    role("year", _("year"), "年度 年份 年", r"年度|年份"),
    role("reason", _("reason"), "原因 调整原因 核减原因 事由 调整事由 免训原因 减免原因 核减事由 情形", r"原因|事由|情形"),
    role("exempt", _("exempt"), "是否免训 免训 是否免除 全免", r"是否免"),
    role("factor", _("factor"), "系数 折算系数 核减比例 应训比例 比例", r"系数|比例"),
    role(
        "hours",
        _("hours still owed"),
        "应完成学时 核减后学时 调整后学时 应训学时 核减后应完成学时 调整后应完成学时 应修学时",
        r"(?:应|后).*学时",
    ),
    role("reduced", _("hours taken off"), "核减学时 减免学时 减少学时 扣减学时", r"(?:核减|减免|减少|扣减)学时"),
    role("approver", _("approver"), "审批人 批准人 审核人 核准人 审批单位 批准单位 审批领导", r"审批|批准|核准"),
    role(
        "document",
        _("document"),
        "依据文件 文件 文号 证明材料 依据 审批文号 批准文号 审批文件 批准文件 凭证",
        r"依据|文号|文件|材料",
    ),
    role("dates", _("dates"), "起止时间 起止日期 时间", r"起止"),
    _UNIT_AND_DEPARTMENT,
    _UNIT,
    _DEPARTMENT,
    _PHONE,
    _REMARKS,
    required=("reason",),
    one_of=(("id_number", "staff_no"),),
)

SIGN_IN_SHEETS = Vocabulary(
    _SEQ,
    _NAME,
    _ID_NUMBER,
    _STAFF_NO,
    _SEX,
    role("signature", _("signature"), "签名 签字 签到 签到时间 本人签字", r"签[名字到]"),
    _UNIT_AND_DEPARTMENT,
    _UNIT,
    _DEPARTMENT,
    _PHONE,
    _REMARKS,
    one_of=(("id_number", "staff_no"),),
)
