"""What is wrong with a cell or a row: a code for machines, a sentence for people, and where it stands.

A warning leaves the row read; an error refuses it. The sentence is made when it is shown, in the reader's language.
"""

from dataclasses import dataclass, field

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..identity import ID_REASONS

REASONS = {
    **ID_REASONS,
    "name_missing": _("The name is missing"),
    "name_invalid": _("This is not a person's name: digits or signs are in it, or it is too short or too long"),
    "duplicate_id_same_person": _("The same person stands already in row %(first_row)s"),
    "duplicate_id_other_name": _("This ID number stands already in row %(first_row)s under another name"),
    "duplicate_id_other_sheet": _("This ID number stands already in sheet %(first_sheet)s, row %(first_row)s"),
    "staff_no_missing": _("Neither ID number nor staff number is given"),
    "person_missing": _("The row names nobody: name, ID number or staff number is needed"),
    "title_missing": _("The name of the course is missing"),
    "birth_mismatch": _("The birth date differs from the one in the ID number; the ID number is followed"),
    "sex_mismatch": _("The sex differs from the one in the ID number; the ID number is followed"),
    "row_was_hidden": _("The row is hidden in the file; it was read all the same"),
    "unit_filled_down": _("The unit cell is blank; the unit above it was taken, please check"),
    "group_of_leavers": _("The row stands below the heading %(heading)s; it was read all the same, please check"),
    "cell_error_value": _("The cell shows an error; it was taken as empty"),
    "formula_without_value": _(
        "The cell holds a formula that was never calculated; it was taken as empty. Open and save the file once"
    ),
    "name_suffix_dropped": _("A note after the name was left out"),
    "name_not_chinese": _("The name is not in Chinese characters; please check"),
    "name_looks_like_test": _("The name looks like a placeholder; please check"),
    "rank_suffix_dropped": _("A note after the rank was left out"),
    "department_alias": _("The unit is known under another name: %(official)s"),
    "department_abolished": _("The unit was abolished; it was succeeded by %(successor)s"),
    "department_unknown": _("No unit of this name is known"),
    "phone_multiple": _("Several telephone numbers stand in one cell; the first mobile number is taken"),
    "phone_landline": _("This is a landline number; a mobile number is needed for messages"),
    "phone_invalid": _("The telephone number is not valid; it was left out"),
    "date_from_serial": _("The cell holds a bare day number; it was read as %(date)s"),
    "date_from_number": _("The cell holds a decimal number; it was read as %(date)s"),
    "date_ambiguous": _("The date can be read in more than one way; write year, month and day"),
    "date_invalid": _("This is not a date"),
    "date_implausible": _("The date cannot be right; please check"),
    "date_range_reversed": _("The end date lies before the start date"),
    "date_missing": _("The date is missing"),
    "year_inferred_from_title": _("The date has no year; the year %(year)s was taken from the title"),
    "hours_missing": _("The hours are missing"),
    "hours_invalid": _("This is not a usable number of hours: a positive number with at most two decimals is needed"),
    "hours_unit_converted": _("The amount was converted to %(hours)s study hours"),
    "result_missing": _("The result is missing; the record waits for a review"),
    "number_precision_lost": _("The number was stored as a number and its last digits are lost; enter it again as text"),
    "unit_missing": _("The unit is missing"),
    "kind_unknown": _("The kind is not known; please choose one from the list"),
    "kind_missing": _("The kind is missing"),
    "category_unknown": _("The category is not known; please choose one from the list"),
    "reason_unknown": _("The reason is not known; it is entered as another reason"),
    "reason_missing": _("The reason is missing"),
    "year_missing": _("The year is missing"),
    "amount_missing": _("It is not said what is still owed: exempt, hours or a factor"),
    "amount_invalid": _("This is not a usable amount"),
    "amount_contradicts": _("The columns contradict each other about what is still owed"),
    "approver_missing": _("The approver is missing"),
    "document_missing": _("The document is missing"),
    "number_invalid": _("This is not a usable number"),
    "score_invalid": _("This is not a usable score"),
}


def reason_with_fault(code: str, fault: str):
    """Why a cell counts as empty belongs to saying that its value is missing."""
    return format_lazy("{} ({})", REASONS[code], REASONS[fault])


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `index` counts columns from A = 0; `value` is what the cell shows, personal numbers masked."""

    code: str
    sheet: str | None
    row: int
    column: str | None = None
    index: int | None = None
    value: str = ""
    facts: dict = field(default_factory=dict)
    is_error: bool = False
    name: str = ""
    message: object = None

    @property
    def reason(self) -> str:
        text = str(self.message if self.message is not None else REASONS[self.code])
        return text % self.facts if self.facts else text
