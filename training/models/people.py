"""People, where they serve, what they are obliged as, and what they may do."""

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from training import access
from training.crypto import mask_id_number, mask_phone, unseal
from training.roles import ADMINISTRATORS, RoleName

from .units import Unit


class StaffCategory(models.TextChoices):
    ENFORCEMENT_OFFICER = "enforcement_officer", _("enforcement officer")
    AUXILIARY = "auxiliary_staff", _("auxiliary enforcement staff")
    LEADING_CADRE = "leading_cadre", _("leading cadre")
    LEGAL_AFFAIRS = "legal_affairs_staff", _("legal-affairs staff")
    EXTERNAL_COUNSEL = "external_counsel", _("external legal counsel")


class PersonManager(BaseUserManager):
    def get_by_natural_key(self, username):
        return self.get(username=username)


class PersonQuerySet(models.QuerySet):
    def visible_to(self, user):
        """People the user may see: oneself, and those in the reach of the user's roles."""
        return access.visible_people(user, self, Posting.objects.all())

    def active(self):
        return self.filter(is_active=True)


class Person(AbstractBaseUser):
    """A person, who is also the account. Personal numbers are sealed and found by a blind index."""

    username = models.CharField(_("sign-in name"), max_length=60, unique=True)
    staff_no = models.CharField(_("staff number"), max_length=40, unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=80, db_index=True)
    sex = models.CharField(_("sex"), max_length=1, blank=True, choices=[("M", _("male")), ("F", _("female"))])
    id_number_sealed = models.BinaryField(default=b"", editable=False)
    id_number_index = models.CharField(max_length=64, null=True, unique=True, editable=False)
    phone_sealed = models.BinaryField(default=b"", editable=False)
    phone_index = models.CharField(max_length=64, null=True, db_index=True, editable=False)
    certificate_no = models.CharField(_("certificate number"), max_length=32, blank=True)
    establishment = models.CharField(_("type of establishment"), max_length=30, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    activation_digest = models.CharField(max_length=64, blank=True, editable=False)
    must_change_password = models.BooleanField(default=False, editable=False)
    failed_sign_ins = models.PositiveSmallIntegerField(default=0, editable=False)
    locked_until = models.DateTimeField(null=True, editable=False)
    entered_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    objects = PersonManager.from_queryset(PersonQuerySet)()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.name

    @property
    def waits_for_code(self) -> bool:
        """Whether the account was never opened, so that an activation code may be handed out."""
        return self.is_active and self.last_login is None and not self.has_usable_password()

    @property
    def id_number_masked(self):
        return mask_id_number(unseal(self.id_number_sealed))

    @property
    def phone_masked(self):
        return mask_phone(unseal(self.phone_sealed))

    def restricted_kinds(self, role_names):
        """Codes of the restricted attainment kinds that holders of `role_names` may read."""
        kinds = apps.get_model("training", "AttainmentKind").objects.filter(is_restricted=True)
        return [kind.code for kind in kinds if kind.is_read_by(role_names)]


class DatedQuerySet(models.QuerySet):
    """Rows with a period of validity and a time of knowledge; superseded, never edited."""

    def known_at(self, instant):
        if instant is None:
            return self.filter(superseded_at=None)
        return self.filter(Q(superseded_at=None) | Q(superseded_at__gt=instant), entered_at__lte=instant)

    def valid_on(self, day):
        return self.filter(Q(ended_on=None) | Q(ended_on__gte=day), started_on__lte=day)

    def overlapping(self, first, last):
        return self.filter(Q(ended_on=None) | Q(ended_on__gte=first), started_on__lte=last)

    def current(self):
        return self.filter(superseded_at=None, ended_on=None)


class Dated(models.Model):
    started_on = models.DateField(_("from"))
    ended_on = models.DateField(_("until"), null=True, blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    superseded_at = models.DateTimeField(_("superseded at"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class PostingQuerySet(DatedQuerySet):
    def deciding_on(self, day, known=None):
        """The one main posting of each person that counts on a day: the open one, else the one begun last.

        `known` is the instant whose knowledge counts, None for what stands now.
        """
        outranking = Posting.objects.known_at(known).valid_on(day).filter(is_main=True, person=OuterRef("person"))
        outranking = outranking.filter(
            Q(ended_on=None)
            | Q(started_on__gt=OuterRef("started_on"))
            | Q(started_on=OuterRef("started_on"), pk__gt=OuterRef("pk"))
        )
        valid = self.known_at(known).valid_on(day).filter(is_main=True)
        return valid.filter(Q(ended_on=None) | ~Exists(outranking))


class Posting(Dated):
    """A person serves in a unit from one day to another. Main postings count in reports; secondments are shown.

    Somebody seconded elsewhere stays in the unit and in its count: `seconded_on` says since when.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="postings", verbose_name=_("person"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="postings", verbose_name=_("unit"))
    inner_office = models.CharField(_("internal office"), max_length=80, blank=True)
    post = models.CharField(_("post"), max_length=80, blank=True)
    post_level = models.CharField(_("post level"), max_length=40, blank=True)
    rank_grade = models.CharField(_("rank"), max_length=40, blank=True)
    is_main = models.BooleanField(_("main posting"), default=True)
    end_reason = models.CharField(_("reason of leaving"), max_length=20, blank=True)
    seconded_on = models.DateField(_("seconded since"), null=True, blank=True)
    seconded_to = models.CharField(_("seconded to"), max_length=120, blank=True)
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="a_posting_does_not_end_before_it_begins"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ended_on=None, superseded_at=None, is_main=True),
                name="one_open_main_posting_per_person",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None) | Q(superseded_at__gte=F("entered_at")),
                name="a_posting_is_not_superseded_before_it_was_entered",
            ),
        ]
        indexes = [
            # covers who serves where on a day: a board reads one range of it and no row of the table
            models.Index(
                fields=["unit", "person", "started_on", "ended_on", "superseded_at", "is_main"], name="posting_unit_person"
            )
        ]

    def __str__(self):
        return f"{self.person} {self.unit}"


class CategoryHolding(Dated):
    """A person belongs to a staff category from one day to another."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="holdings", verbose_name=_("person"))
    category = models.CharField(_("staff category"), max_length=30, choices=StaffCategory.choices)
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("staff category")
        verbose_name_plural = _("staff categories")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on")), name="a_category_does_not_end_before_it_begins"
            ),
            models.UniqueConstraint(
                fields=["person", "category"],
                condition=Q(ended_on=None, superseded_at=None),
                name="one_open_holding_per_person_and_category",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None) | Q(superseded_at__gte=F("entered_at")),
                name="a_category_is_not_superseded_before_it_was_entered",
            ),
        ]
        indexes = [
            models.Index(  # covers who holds a category on a day
                fields=["category", "person", "started_on", "ended_on", "superseded_at"], name="holding_category_person"
            )
        ]

    def __str__(self):
        return f"{self.person} {self.get_category_display()}"


class RoleQuerySet(models.QuerySet):
    def current(self):
        return self.filter(revoked_at=None)


class Role(models.Model):
    """What a person may do, in a unit and everything below it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="roles", verbose_name=_("person"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="roles", verbose_name=_("unit"))
    role = models.CharField(_("role"), max_length=20, choices=RoleName.choices)
    granted_at = models.DateTimeField(_("granted at"))
    granted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = RoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit", "role"], condition=Q(revoked_at=None), name="a_role_is_held_once_in_a_unit"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(revoked_at=None, role__in=[str(r) for r in ADMINISTRATORS]),
                name="no_account_holds_two_administrator_roles",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("granted_at")),
                name="a_role_is_not_revoked_before_it_was_granted",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.get_role_display()} {self.unit}"


class TransferQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=TransferRequest.State.REQUESTED)


class TransferRequest(models.Model):
    """A unit asks for a person who is active elsewhere; the old unit or the district releases."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        RELEASED = "released", _("released")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    person = models.ForeignKey(Person, models.PROTECT, related_name="transfers", verbose_name=_("person"))
    from_unit = models.ForeignKey(Unit, models.PROTECT, related_name="transfers_out", verbose_name=_("from unit"))
    to_unit = models.ForeignKey(Unit, models.PROTECT, related_name="transfers_in", verbose_name=_("to unit"))
    effective_on = models.DateField(_("effective on"))
    facts = models.JSONField(default=dict, editable=False, help_text="post, rank and category as the asking unit states them")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.REQUESTED)
    requested_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True)
    requested_at = models.DateTimeField(_("requested at"))
    decided_by = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer request")
        verbose_name_plural = _("transfer requests")
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="requested"), name="one_open_transfer_per_person"),
            models.CheckConstraint(condition=~Q(from_unit=F("to_unit")), name="a_transfer_leads_to_another_unit"),
        ]

    def __str__(self):
        return f"{self.person} {self.from_unit} → {self.to_unit}"
