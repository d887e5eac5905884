"""The audit trail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from training import access

from .people import Person
from .units import Unit


class AuditHead(models.Model):
    """The last link of the audit chain; its row lock puts writers in a line."""

    sequence = models.PositiveBigIntegerField(default=0)
    link = models.CharField(max_length=64, default="")
    seal = models.CharField(max_length=64, default="")

    def __str__(self):
        return f"#{self.sequence}"


class AuditEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        return access.visible_events(user, self, Unit.objects.all())


class AuditEvent(models.Model):
    """Who did what to whom, when and from where. Added, never edited; `personal` may be erased, the chain holds its commitment."""

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    act = models.CharField(_("act"), max_length=40, db_index=True)
    subject = models.CharField(_("subject"), max_length=80, db_index=True)
    unit_code = models.CharField(_("unit"), max_length=40, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    personal = models.JSONField(_("personal facts"), default=dict)
    commitment = models.CharField(max_length=64, blank=True)
    address = models.CharField(_("from"), max_length=60, blank=True)
    link = models.CharField(max_length=64)

    changeable_columns = ("personal",)  # a lawful erasure empties it

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        ordering = ["-sequence"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.act} {self.subject}"
