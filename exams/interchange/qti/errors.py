"""What can be wrong with a QTI file."""

from django.utils.translation import gettext_lazy as _

from training.errors import BadInput


class QtiUnreadable(BadInput):
    """A file that is no QTI, is damaged or is dangerous: nothing of it can be taken."""

    code = "qti_unreadable"
    message = _("This is no QTI file.")


class Unsupported(BadInput):
    """A construct that has no exact equivalent here; `name` is its name in the QTI vocabulary."""

    code = "qti_unsupported"
    message = _("This QTI construct is not supported: %(name)s")

    def __init__(self, name: str, message=None):
        super().__init__(message, name=name)
        self.name = name

    @property
    def reason(self) -> str:
        """The sentence, with the name of the construct in it."""
        return str(self) if self.text is self.message else f"{self} ({self.name})"
