"""The one family of refusals. A domain function raises, `config/errors.py` alone turns it into a response."""

from django.utils.translation import gettext_lazy as _

from laws.errors import BadInput, DomainError

__all__ = ["BadInput", "DomainError"]  # the family begins on the lowest floor


class NotAllowed(DomainError):
    code = "not_allowed"
    status = 403
    message = _("You may not do this.")


class ConflictingAward(DomainError):
    code = "conflicting_award"
    message = _("This completion was already credited with other figures; reverse it first, then post the corrected one.")


class WrongState(DomainError):
    code = "wrong_state"
    message = _("This step is not possible in the present state.")


class OwnDecision(DomainError):
    code = "own_decision"
    status = 403
    message = _("Nobody decides on their own matter.")


class AlreadyRegistered(DomainError):
    code = "already_registered"
    message = _("This is registered already and waits for a decision.")


class EvidenceMissing(DomainError):
    code = "evidence_missing"
    message = _("Attach the evidence first: the notice or the sign-in sheet.")


class PeriodLocked(DomainError):
    code = "period_locked"
    message = _(
        "%(unit)s has submitted its report for %(period)s: only a late entry with reason, document and approver is accepted."
    )


class PeriodClosed(DomainError):
    code = "period_closed"
    message = _("The closing date %(date)s for %(what)s has passed.")


class RuleSetMissing(DomainError):
    code = "rule_set_missing"
    message = _("No hour rules are in force on %(date)s.")


class YearNotOpened(DomainError):
    code = "year_not_opened"
    message = _("The district has not opened %(year)s.")


class BackupRefused(DomainError):
    """A backup that cannot be made, or one that must not be put back."""

    code = "backup_refused"
    message = _("The backup was refused.")
