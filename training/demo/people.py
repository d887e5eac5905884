"""Invented people in the real units, and the demo accounts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from training import crypto
from training.identity import ID_CHECKS, ID_WEIGHTS
from training.models import CategoryHolding, Person, Posting, Role, RoleName, StaffCategory, Unit, UnitKind
from training.periods import end_of

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
    "姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文斌宇浩凯健俊帆雪琳晨旭"
    "婷欣怡佳慧颖倩莉燕萍鹏飞亮峰波辉鑫博翔嘉瑞泽宁晓"
)
AREA_CODES = ("990101", "990115", "990203", "999001")  # no such divisions exist
RANKS = (
    "一级主任科员",
    "二级主任科员",
    "三级主任科员",
    "四级主任科员",
    "一级科员",
    "二级科员",
    "一级行政执法员",
    "二级行政执法员",
)
SHARE = {  # how much of the staff each kind of unit gets, and the part of it that enforces
    UnitKind.ENFORCEMENT_TEAM: (10, 85),
    UnitKind.TOWN: (6, 15),
    UnitKind.SUBDISTRICT: (6, 15),
    UnitKind.DEPARTMENT: (5, 30),
    UnitKind.VERTICAL: (5, 40),
    UnitKind.DISTRICT_GOVERNMENT: (2, 0),
}

ACCOUNTS = (
    # sign-in name, unit, category, post, role, unit the role is held in
    ("learner", "110115005-ZF", StaffCategory.ENFORCEMENT_OFFICER, "执法队员", None, None),
    ("hr", "110115005", None, "组织人事干部", RoleName.HR, "110115005"),
    ("hr2", "110115007", None, "组织人事干部", RoleName.HR, "110115007"),
    ("district", "110115-SFJ", StaffCategory.LEGAL_AFFAIRS, "法治督察科科长", RoleName.DISTRICT, "110115"),
    ("orgdept", "110115", None, "干部科科长", RoleName.ORGANISATION, "110115"),
    ("author", "110115-SFJ", StaffCategory.LEGAL_AFFAIRS, "命题人", RoleName.AUTHOR, "110115"),
    ("reviewer", "110115-SFJ", StaffCategory.LEGAL_AFFAIRS, "审题人", RoleName.REVIEWER, "110115"),
    ("marker1", "110115-SFJ", StaffCategory.LEGAL_AFFAIRS, "评卷人", RoleName.MARKER, "110115"),
    ("marker2", "110115-SFJ", StaffCategory.LEGAL_AFFAIRS, "评卷人", RoleName.MARKER, "110115"),
    ("marker3", "110115-SFJ", StaffCategory.LEGAL_AFFAIRS, "评卷人", RoleName.MARKER, "110115"),
    ("invigilator", "110115-SFJ", None, "监考员", RoleName.INVIGILATOR, "110115"),
    *(
        (f"cadre{i}", code, StaffCategory.LEADING_CADRE, "副局长", None, None)
        for i, code in enumerate(
            ("110115-SCJGJ", "110115-STHJJ", "110115-JTJ", "110115-SWJ", "110115-WJW", "110115-YJJ", "110115-MZJ", "110115-CZJ"),
            1,
        )
    ),
    ("auditor", "110115-SJJ", None, "审计员", RoleName.AUDITOR, "110115"),
    ("sysadmin", "110115-ZWFWJ", None, "系统管理员", RoleName.SYSTEM_ADMIN, "110115"),
    ("secadmin", "110115-ZWFWJ", None, "安全保密管理员", RoleName.SECURITY_ADMIN, "110115"),
    ("audadmin", "110115-ZWFWJ", None, "安全审计员", RoleName.AUDIT_ADMIN, "110115"),
)


@dataclass(slots=True)
class Officer:
    """Somebody obliged, for the study that follows."""

    person_id: int
    unit_id: int
    since: date
    until: date | None = None


def id_number(random: Random, serial: int) -> tuple[str, date, str]:
    """A number of the right form in an area that does not exist."""
    born = date(1965, 1, 1) + timedelta(days=random.randrange(12600))
    body = f"{random.choice(AREA_CODES)}{born:%Y%m%d}{serial % 1000:03d}"
    check = ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(body, ID_WEIGHTS, strict=True)) % 11]
    return body + check, born, "M" if int(body[16]) % 2 else "F"


def name(random: Random) -> str:
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2, 2))))


def seed_people(*, random: Random, count: int, first_year: int, now: datetime) -> list[Officer]:
    """`count` people over all units, with postings and categories; some joined, left or moved meanwhile."""
    entered = end_of(date(first_year - 1, 12, 20))
    units = list(Unit.objects.exclude(kind=UnitKind.INTERNAL).order_by("path"))
    weight = sum(SHARE[u.kind][0] for u in units)
    places = []
    for unit in units:
        places += [unit] * max(count * SHARE[unit.kind][0] // weight, 1)
    while len(places) < count:
        places.append(random.choice(units))
    seen, people = set(), []
    for serial, _unit in enumerate(places[:count]):
        number, _born, sex = id_number(random, serial)
        while number in seen:
            number, _born, sex = id_number(random, random.randrange(1000))
        seen.add(number)
        phone = f"199{random.randrange(10**8):08d}"
        people.append(
            Person(
                username=f"DX{serial + 1:06d}",
                staff_no=f"DX{serial + 1:06d}",
                name=name(random),
                sex=sex,
                id_number_sealed=crypto.seal(number),
                id_number_index=crypto.blind_index(number),
                phone_sealed=crypto.seal(phone),
                phone_index=crypto.blind_index(phone),
                password=make_password(None),
            )
        )
    Person.objects.bulk_create(people, batch_size=1000)
    return _place(random, people, places, first_year, entered, now)


def _place(random, people, places, first_year, entered, now) -> list[Officer]:
    postings, holdings, officers = [], [], []
    today = now.date()
    by_parent = {}
    for unit in {u.pk: u for u in places}.values():
        by_parent.setdefault(unit.kind, []).append(unit)
    for person, unit in zip(people, places, strict=False):
        since = date(first_year - random.randrange(1, 12), random.randrange(1, 13), 1)
        until = None
        fate = random.randrange(100)
        if fate < 4:  # joined during the two years
            since = date(first_year, 1, 1) + timedelta(days=random.randrange(30, max((today - date(first_year, 1, 1)).days, 31)))
        elif fate < 7:  # left
            until = date(first_year, 1, 1) + timedelta(
                days=random.randrange(60, max((today - date(first_year, 1, 1)).days - 20, 61))
            )
        category = None
        if random.randrange(100) < SHARE[unit.kind][1]:
            category = StaffCategory.ENFORCEMENT_OFFICER
            if unit.kind == UnitKind.ENFORCEMENT_TEAM:
                person.certificate_no = f"01{random.randrange(10**9):09d}"
        elif random.randrange(100) < 12:
            category = random.choice((StaffCategory.LEADING_CADRE, StaffCategory.LEGAL_AFFAIRS))
        elif unit.kind == UnitKind.ENFORCEMENT_TEAM:
            category = StaffCategory.AUXILIARY
        known = entered if since <= entered.date() else end_of(since)
        facts = {"rank_grade": random.choice(RANKS), "post": "副职" if category == StaffCategory.LEADING_CADRE else "工作人员"}
        moved_to = None
        if 7 <= fate < 9 and category == StaffCategory.ENFORCEMENT_OFFICER and len(by_parent[unit.kind]) > 1:
            moved_to = random.choice([u for u in by_parent[unit.kind] if u.pk != unit.pk])
        if moved_to is not None:
            change = date(first_year, 4, 1) + timedelta(days=random.randrange(150))
            postings.append(
                Posting(
                    person=person,
                    unit=unit,
                    started_on=since,
                    ended_on=change - timedelta(days=1),
                    end_reason="moved",
                    entered_at=end_of(change),
                    **facts,
                )
            )
            postings.append(
                Posting(person=person, unit=unit, started_on=since, entered_at=known, superseded_at=end_of(change), **facts)
            )
            postings.append(Posting(person=person, unit=moved_to, started_on=change, entered_at=end_of(change), **facts))
        elif until is not None:
            postings.append(
                Posting(person=person, unit=unit, started_on=since, entered_at=known, superseded_at=end_of(until), **facts)
            )
            postings.append(
                Posting(
                    person=person,
                    unit=unit,
                    started_on=since,
                    ended_on=until,
                    end_reason=random.choice(("retired", "left")),
                    entered_at=end_of(until),
                    **facts,
                )
            )
        else:
            postings.append(Posting(person=person, unit=unit, started_on=since, entered_at=known, **facts))
        if category:
            holdings.append(CategoryHolding(person=person, category=category, started_on=since, entered_at=known))
        if category == StaffCategory.ENFORCEMENT_OFFICER:
            officers.append(Officer(person.pk, (moved_to or unit).pk, since, until))
    Posting.objects.bulk_create(postings, batch_size=1000)
    CategoryHolding.objects.bulk_create(holdings, batch_size=1000)
    Person.objects.bulk_update([p for p in people if p.certificate_no], ["certificate_no"], batch_size=500)
    return officers


def seed_accounts(*, random: Random, password: str, first_year: int) -> dict[str, Person]:
    """The demo accounts, all with one password; three administrators are three people."""
    entered = end_of(date(first_year - 1, 12, 20))
    hashed = make_password(password)
    units = {u.code: u for u in Unit.objects.all()}
    accounts = {}
    for username, code, category, post, role, role_unit in ACCOUNTS:
        person = Person.objects.create(
            username=username, staff_no=f"DEMO-{username.upper()}", name=name(random), password=hashed, sex=random.choice("MF")
        )
        since = date(first_year - 3, 3, 1)
        Posting.objects.create(person=person, unit=units[code], post=post, started_on=since, entered_at=entered)
        if category:
            CategoryHolding.objects.create(person=person, category=category, started_on=since, entered_at=entered)
        if role:
            Role.objects.create(person=person, unit=units[role_unit], role=role, granted_at=entered)
        accounts[username] = person
    return accounts
