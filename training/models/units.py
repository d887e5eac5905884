"""The unit tree."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class UnitKind(models.TextChoices):
    DISTRICT_GOVERNMENT = "district_government", _("district government")
    DEPARTMENT = "department", _("government department")
    SUBDISTRICT = "subdistrict", _("subdistrict office")
    TOWN = "town", _("town government")
    ENFORCEMENT_TEAM = "enforcement_team", _("comprehensive enforcement team")
    VERTICAL = "vertical", _("vertical unit")
    AUTHORISED = "authorised", _("authorised organisation")
    ENTRUSTED = "entrusted", _("entrusted organisation")
    PARTY = "party", _("party or mass organisation")
    INTERNAL = "internal", _("internal office")


class UnitQuerySet(models.QuerySet):
    def below(self, unit):
        """`unit` and everything under it."""
        return self.filter(path__startswith=unit.path)

    def existing_on(self, day):
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_to=None) | Q(valid_to__gte=day))

    def visible_to(self, user):
        """Units are public inside the platform: their names carry no secret; figures open by `reachable_by`."""
        return self if user.is_authenticated else self.none()


class Unit(models.Model):
    """A body of the district. Choosing a unit always includes everything below it."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=30, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent unit")
    )
    path = models.CharField(max_length=400, unique=True, editable=False)
    position = models.PositiveIntegerField(_("position"), default=0)
    uscc = models.CharField(_("unified social credit code"), max_length=18, null=True, blank=True, unique=True)
    name_plates = models.JSONField(_("name plates"), default=list, blank=True, help_text=_("other names the unit goes by"))
    tags = models.JSONField(_("tags"), default=list, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    predecessor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="successors", verbose_name=_("predecessor")
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=models.F("valid_from")),
                name="a_unit_does_not_end_before_it_begins",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def depth(self):
        return self.path.count("/") - 1
