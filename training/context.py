"""What every page shows around its content: the menu of the user's roles, and what waits for them."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from training import access

# group, entries of (url name, label, act that opens it or None)
MENU = (
    (
        _("Me"),
        (
            ("training:my_statement", _("My hours"), None),
            ("training:claim", _("Claim hours"), None),
            ("exams:practice", _("Practice"), None),
            ("laws:library", _("Law library"), None),
        ),
    ),
    (
        _("Unit"),
        (
            ("training:board", _("Board"), "see_board"),
            ("training:people", _("People"), "see_people"),
            ("training:imports", _("Import"), "import"),
            ("training:register_class", _("Enter a class"), "register"),
            ("training:submissions", _("Batches and claims"), "see_submissions"),
            ("courses:plan", _("Session plan"), "see_board"),
            ("training:sessions", _("Counted sessions"), "see_board"),
            ("courses:law_reports", _("Year-end reports"), "see_board"),
            ("training:attainments", _("Attainments"), "see_people"),
            ("training:adjustments", _("Adjustments"), "see_people"),
            ("training:transfers", _("Transfers"), "release_transfer"),
            ("exams:weak_articles", _("Weak articles"), "see_weakest_articles"),
            ("courses:packages", _("Course packages"), "make_courses"),
            ("reports:list", _("Reports"), "see_reports"),
        ),
    ),
    (
        _("District"),
        (
            ("training:requirements", _("Requirements"), "see_requirements"),
            ("exams:import_law", _("Import a law"), "import_law"),
            ("exams:repeal_law", _("Repealed laws"), "import_law"),
            ("exams:must_know", _("Must-know lists"), "set_must_know"),
        ),
    ),
    (
        _("Item bank"),
        (
            ("exams:bank", _("Questions"), "see_bank"),
            ("exams:review", _("Review"), "review_items"),
            ("exams:alerts", _("Laws that moved"), "see_bank"),
            ("exams:duplicates", _("Near-duplicates"), "see_bank"),
            ("exams:item_imports", _("Import questions"), "write_items"),
            ("exams:blueprints", _("Blueprints"), "make_papers"),
            ("exams:papers", _("Papers"), "make_papers"),
        ),
    ),
    (
        _("Supervision"),
        (
            ("training:audit", _("Audit trail"), "see_audit"),
            ("training:ledger_check", _("Ledger check"), "verify_ledger"),
        ),
    ),
    (
        _("System"),
        (
            ("training:accounts", _("Accounts"), "manage_accounts"),
            ("training:roles", _("Roles"), "grant_roles"),
        ),
    ),
)


@dataclass(frozen=True)
class Entry:
    label: str
    href: str
    is_here: bool


def shell(request):
    """`menu`: the groups the user's roles open, each with its entries."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"menu": []}
    opened = [
        (title, [(label, reverse(name)) for name, label, act in rows if _leads(name) and (act is None or access.may(user, act))])
        for title, rows in MENU
    ]
    # one page may stand below another: the entry that says most of the address is where the user is
    here = max((href for _title, rows in opened for _label, href in rows if _is_below(request.path, href)), key=len, default="")
    menu = [(title, [Entry(label, href, href == here) for label, href in rows]) for title, rows in opened if rows]
    return {"menu": menu, "can_search": access.may(user, "see_people")}


def _leads(name: str) -> bool:
    """Whether this installation has the page."""
    try:
        return bool(reverse(name))
    except NoReverseMatch:
        return False


def _is_below(path: str, href: str) -> bool:
    return path == href or (href != "/" and path.startswith(href))
