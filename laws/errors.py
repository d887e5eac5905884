"""The one family of refusals, kept on the lowest floor so that every floor can raise it.

A domain function raises, `config/errors.py` alone turns it into a response.
"""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A thing that must not happen now. `code` is for machines, the message for people.

    `status` is the HTTP status the error maps to; 409 unless the kind says otherwise.
    """

    code = "domain_error"
    status = 409
    message = _("This cannot be done now.")

    def __init__(self, message=None, **facts):
        self.facts = facts
        self.text = message if message is not None else self.message
        super().__init__(self.text)

    def __str__(self):
        text = str(self.text)
        return text % self.facts if self.facts else text


class BadInput(DomainError):
    """Input that breaks a rule the user can mend."""

    code = "bad_input"
    status = 422
    message = _("The input was not accepted.")


class LawUnreadable(BadInput):
    """A file that is no law text, or one that contradicts itself."""

    code = "law_unreadable"
    message = _("This is no text of a law.")
