"""Refusals of the study floor."""

from django.utils.translation import gettext_lazy as _

from training.errors import BadInput, DomainError


class EmergencyLawMissing(DomainError):
    code = "emergency_law_missing"
    message = _(
        "Special training must have a course on emergency law on its timetable: tag one item as emergency law, then approve the class."
    )


class AttendedAlready(DomainError):
    code = "attended_already"
    message = _(
        "Somebody has signed in to “%(item)s”: its time, length, category and form stay as they are, so that what was earned is kept."
    )


class EnrolmentClosed(DomainError):
    code = "enrolment_closed"
    message = _("Enrolment is closed.")


class NotEnrolled(DomainError):
    code = "not_enrolled"
    message = _("Nobody of this name and number is enrolled in this class. Please ask the organiser.")


class CodeRefused(DomainError):
    code = "code_refused"
    message = _("This code is not valid. Scan the code on the screen again, or type the six digits that stand there now.")


class CodeExpired(CodeRefused):
    code = "code_expired"
    message = _("This code has expired: it changes every %(seconds)s seconds. Scan the one on the screen now.")


class SignInClosed(DomainError):
    code = "sign_in_closed"
    message = _("Sign-in for “%(item)s” is open from %(from)s to %(until)s.")


class TooManyTries(BadInput):
    code = "too_many_tries"
    message = _("Too many wrong tries. Wait ten minutes, or ask the organiser to mark you as present.")
