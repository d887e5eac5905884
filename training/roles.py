"""The roles a person can hold. A role is held in a unit and reaches everything below it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoleName(models.TextChoices):
    HR = "hr", _("unit HR officer")
    DISTRICT = "district", _("district administrator")
    ORGANISATION = "orgdept", _("organisation department")
    AUTHOR = "author", _("item author")
    REVIEWER = "reviewer", _("item reviewer")
    MARKER = "marker", _("marker")
    INVIGILATOR = "invigilator", _("invigilator")
    AUDITOR = "auditor", _("auditor")
    SYSTEM_ADMIN = "sysadmin", _("system administrator")
    SECURITY_ADMIN = "secadmin", _("security administrator")
    AUDIT_ADMIN = "audadmin", _("audit administrator")


ADMINISTRATORS = (RoleName.SYSTEM_ADMIN, RoleName.SECURITY_ADMIN, RoleName.AUDIT_ADMIN)
