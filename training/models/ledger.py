"""The ledger: entries that are added and never edited, the rules they were credited by, and the totals they make."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from training import access

from .people import Person
from .units import Unit


class Category(models.TextChoices):
    POLITICAL_THEORY = "POLITICAL_THEORY", _("political-theory education")
    PARTY_SPIRIT = "PARTY_SPIRIT", _("party-spirit education")
    PROFESSIONAL = "PROFESSIONAL", _("professional-knowledge training")
    LAW = "LAW", _("law and regulation training")
    XI_RULE_OF_LAW = "XI_RULE_OF_LAW", _("Xi Jinping Thought on the rule of law")
    OTHER = "OTHER", _("other training")


class Mode(models.TextChoices):
    CLASS = "CLASS", _("class")
    LECTURE = "LECTURE", _("lecture")
    ONLINE = "ONLINE", _("online training")
    SESSION = "SESSION", _("study session")
    SELF_STUDY = "SELF_STUDY", _("self-study")
    TEACHING = "TEACHING", _("teaching")
    HEARING = "HEARING", _("attending a court hearing")
    OTHER = "OTHER", _("other form")


class Arrangement(models.TextChoices):
    PRE_POST = "PRE_POST", _("pre-post training")
    ROTATION = "ROTATION", _("concentrated rotation training")
    DAILY = "DAILY", _("daily study")


class HourRuleSet(models.Model):
    """How raw study becomes hours. A version is never changed: a new one takes over from its first day."""

    version = models.PositiveSmallIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    minutes_per_hour = models.PositiveSmallIntegerField(_("minutes per study hour"), default=45)
    half_day_cap = models.PositiveIntegerField(_("half-day cap"), null=True, help_text=_("hundredths of a study hour"))
    day_cap = models.PositiveIntegerField(_("day cap"), null=True, help_text=_("hundredths of a study hour"))
    step_offline = models.PositiveSmallIntegerField(_("step offline"), default=50, help_text=_("hundredths of a study hour"))
    step_online = models.PositiveSmallIntegerField(_("step online"), default=25, help_text=_("hundredths of a study hour"))
    online_bands = models.JSONField(
        _("online bands"), default=list, blank=True, help_text="[[from minutes, credit in hundredths], ...]; empty: by minutes"
    )
    switched_off_modes = models.JSONField(_("modes that earn nothing"), default=list, blank=True)
    annual_caps = models.JSONField(_("caps of a year by mode"), default=dict, blank=True, help_text="{mode: hundredths}")
    deciding_document = models.CharField(_("deciding document"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("hour rule set")
        verbose_name_plural = _("hour rule sets")
        ordering = ["version"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes_per_hour__gt=0), name="a_study_hour_has_minutes"),
            models.CheckConstraint(condition=Q(step_offline__gt=0, step_online__gt=0), name="steps_are_positive"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="a_rule_set_does_not_end_before_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.title} v{self.version}"


class LedgerHead(models.Model):
    """The last link of each hash chain; locking this row puts postings in a line."""

    ledger = models.CharField(max_length=20, unique=True)
    sequence = models.PositiveBigIntegerField(default=0)
    link = models.CharField(max_length=64, default="")
    seal = models.CharField(max_length=64, default="", help_text="keyed: whoever cuts the chain short cannot move the head back")

    def __str__(self):
        return f"{self.ledger} #{self.sequence}"


class EntryQuerySet(models.QuerySet):
    def known_at(self, instant):
        return self if instant is None else self.filter(certified_at__lte=instant)

    def standing(self):
        """Entries that no reversal took back, reversals left out."""
        return self.filter(reverses=None, reversal=None)


class Entry(models.Model):
    """What every ledger line has. Lines are added, never edited: a mistake is undone by a reversal."""

    origin = models.CharField(_("origin"), max_length=120)
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    entered_at = models.DateTimeField(_("entered at"))
    certified_at = models.DateTimeField(_("certified at"))
    certified_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_("certified by"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    sequence = models.PositiveBigIntegerField(unique=True, editable=False)
    link = models.CharField(max_length=64, editable=False)

    changeable_columns = ()

    class Meta:
        abstract = True


class StudyRecordQuerySet(EntryQuerySet):
    def visible_to(self, user):
        return access.visible_records(user, self, Person.objects.all())


class StudyRecord(Entry):
    """One line of the hours ledger. `credit` is exact: hundredths of a study hour; a reversal carries the negative."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="records", verbose_name=_("person"))
    year = models.PositiveSmallIntegerField(_("year"))
    studied_on = models.DateField(_("studied on"))
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    mode = models.CharField(_("form"), max_length=12, choices=Mode.choices)
    arrangement = models.CharField(_("arrangement"), max_length=10, choices=Arrangement.choices, blank=True)
    title = models.CharField(_("title"), max_length=200)
    organiser = models.CharField(_("organiser"), max_length=120, blank=True)
    course_key = models.CharField(max_length=80, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True)
    stated = models.PositiveIntegerField(_("stated hours"), null=True, help_text=_("hundredths of a study hour"))
    half_day = models.CharField(_("half-day"), max_length=2, blank=True, choices=[("AM", _("morning")), ("PM", _("afternoon"))])
    credit = models.IntegerField(_("credit"), help_text=_("hundredths of a study hour"))
    refusals = models.JSONField(default=list, blank=True)
    rule_set = models.ForeignKey(HourRuleSet, models.PROTECT, related_name="+", verbose_name=_("hour rule set"))
    part = models.PositiveSmallIntegerField(default=1)
    submission = models.ForeignKey("training.Submission", models.PROTECT, null=True, related_name="records")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversal")
    restricted = models.CharField(max_length=30, blank=True, help_text="code of an attainment kind whose readers alone see it")

    objects = StudyRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("study record")
        verbose_name_plural = _("study records")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "origin", "part", "revision"],
                condition=Q(reverses=None),
                name="one_credit_per_completion_part_and_revision",
            ),
            models.CheckConstraint(
                condition=Q(credit__gte=0, reverses=None) | Q(credit__lte=0, reverses__isnull=False),
                name="only_a_reversal_is_negative",
            ),
            models.CheckConstraint(condition=Q(year=F("studied_on__year")), name="the_day_of_study_decides_the_year"),
            models.CheckConstraint(
                condition=Q(minutes__isnull=False) | Q(stated__isnull=False), name="a_record_states_its_amount"
            ),
            models.CheckConstraint(condition=Q(half_day__in=["", "AM", "PM"]), name="a_half_day_is_a_morning_or_an_afternoon"),
        ]
        indexes = [
            # covers the assessment as of a past instant: one range of this index and no row of the table
            models.Index(
                fields=["year", "person", "category", "studied_on", "certified_at", "mode", "restricted", "credit"],
                name="record_assessment",
            ),
            # covers who was trained by which arrangement, as of a past instant
            models.Index(
                fields=["year", "arrangement", "person", "part", "studied_on", "certified_at", "restricted", "reverses"],
                name="record_arrangement",
            ),
            models.Index(fields=["person", "studied_on"], name="record_person_day"),
        ]

    def __str__(self):
        return f"{self.studied_on} {self.title}"


class YearTotal(models.Model):
    """What a person's entries of a year add up to, kept by the ledger as it posts; `verify_ledger` proves it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="totals")
    year = models.PositiveSmallIntegerField()
    political_theory = models.IntegerField(default=0)
    party_spirit = models.IntegerField(default=0)
    professional = models.IntegerField(default=0)
    law = models.IntegerField(default=0)
    xi_rule_of_law = models.IntegerField(default=0)
    other = models.IntegerField(default=0)
    online = models.IntegerField(default=0, help_text="of professional and law, the part studied online")
    pre_post = models.IntegerField(default=0, help_text="completions, not hours; so the two below")
    rotation = models.IntegerField(default=0)
    daily = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "person"], name="one_total_per_person_and_year")]

    def __str__(self):
        return f"{self.person_id} {self.year}"


class SessionKind(models.TextChoices):
    PRE_MEETING = "PRE_MEETING", _("pre-meeting law study")
    LECTURE = "LECTURE", _("rule-of-law lecture")
    SPECIAL_CLASS = "SPECIAL_CLASS", _("special class for division-level cadres")
    SPECIAL_TRAINING = "SPECIAL_TRAINING", _("special training on administration by law")
    LEADER_TEACH = "LEADER_TEACH", _("leader lectures on law")
    HEARING = "HEARING", _("attending a court hearing")
    CENTRE_GROUP = "CENTRE_GROUP", _("centre-group law study")
    YEAR_END_LAW_REPORT = "YEAR_END_LAW_REPORT", _("year-end report on law")
    TOWN_DUTY_REPORT = "TOWN_DUTY_REPORT", _("duty report of town heads")
    ITINERANT_GUIDE = "ITINERANT_GUIDE", _("itinerant guidance")


class SessionRule(models.Model):
    """What a held session must show to count, from a day on."""

    kind = models.CharField(_("kind"), max_length=24, choices=SessionKind.choices)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    valid_from = models.DateField(_("valid from"))
    needs_reference = models.BooleanField(_("needs the minutes reference"), default=True)
    needs_lecturer = models.BooleanField(_("needs a lecturer"), default=True)
    needs_topic = models.BooleanField(_("needs a topic"), default=True)
    needs_participants = models.BooleanField(_("needs the attendee list"), default=True)
    least_minutes = models.PositiveSmallIntegerField(_("least minutes"), null=True, blank=True)

    class Meta:
        verbose_name = _("counting rule")
        verbose_name_plural = _("counting rules")
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="one_counting_rule_per_kind_and_version")]

    def __str__(self):
        return f"{self.get_kind_display()} v{self.version}"


class CountedSessionQuerySet(EntryQuerySet):
    def visible_to(self, user):
        return access.visible_sessions(user, self)


class CountedSession(Entry):
    """A body held a session. `counts` is 1, or 0 with the reasons in `refusals`; a reversal carries the negative."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="sessions", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=24, choices=SessionKind.choices)
    year = models.PositiveSmallIntegerField(_("year"))
    held_on = models.DateField(_("held on"))
    ended_on = models.DateField(_("until"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=200)
    reference = models.CharField(_("minutes reference"), max_length=120, blank=True)
    event = models.CharField(_("event"), max_length=120, blank=True, help_text="one event is counted once, whatever it is called")
    topics = models.JSONField(_("topics"), default=list)
    lecturer = models.CharField(_("lecturer"), max_length=120, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"), null=True)
    participants = models.PositiveIntegerField(_("number of participants"), null=True)
    is_special_training = models.BooleanField(_("special training on administration by law"), default=False)
    has_emergency_course = models.BooleanField(_("has an emergency-law course"), default=False)
    counts = models.SmallIntegerField(_("counts"))
    refusals = models.JSONField(default=list, blank=True)
    submission = models.ForeignKey("training.Submission", models.PROTECT, null=True, related_name="sessions")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversal")

    objects = CountedSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("counted session")
        verbose_name_plural = _("counted sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "origin", "revision"], condition=Q(reverses=None), name="a_session_is_posted_once_per_revision"
            ),
            models.CheckConstraint(
                condition=Q(counts__in=[0, 1], reverses=None) | Q(counts__in=[0, -1], reverses__isnull=False),
                name="a_session_counts_once_or_not",
            ),
            models.CheckConstraint(condition=Q(year=F("held_on__year")), name="the_day_held_decides_the_year"),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("held_on")), name="a_session_does_not_end_before_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["year", "unit", "kind"], name="session_assessment")]

    def __str__(self):
        return f"{self.held_on} {self.title}"


class AttainmentKind(models.Model):
    """What can be passed, held or awarded. A restricted kind is seen by its readers alone, and by the person."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_restricted = models.BooleanField(_("restricted"), default=False)
    readers = models.JSONField(_("roles that may see whose it is"), default=list, blank=True)

    class Meta:
        verbose_name = _("kind of attainment")
        verbose_name_plural = _("kinds of attainment")

    def __str__(self):
        return self.name

    def is_read_by(self, role_names):
        return not self.is_restricted or bool(set(role_names) & set(self.readers))


class AttainmentQuerySet(EntryQuerySet):
    def visible_to(self, user):
        return access.visible_attainments(user, self, Person.objects.all())

    def valid_on(self, day):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class Attainment(Entry):
    """A person passed, holds or was awarded something that a requirement can ask for."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="attainments", verbose_name=_("person"))
    kind = models.ForeignKey(AttainmentKind, models.PROTECT, related_name="attainments", verbose_name=_("kind"))
    title = models.CharField(_("title"), max_length=200)
    document_no = models.CharField(_("document number"), max_length=60, blank=True)
    score = models.IntegerField(_("score"), null=True, help_text=_("hundredths of a mark"))
    is_passed = models.BooleanField(_("passed"), default=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    submission = models.ForeignKey("training.Submission", models.PROTECT, null=True, related_name="attainments")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversal")

    objects = AttainmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attainment")
        verbose_name_plural = _("attainments")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "origin", "revision"],
                condition=Q(reverses=None),
                name="an_attainment_is_posted_once_per_revision",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="an_attainment_does_not_end_before_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["kind", "person"], name="attainment_kind_person")]

    def __str__(self):
        return f"{self.person} {self.title}"


class PeriodLock(models.Model):
    """A unit's period is reported: ordinary entries for it are refused until the lock is lifted."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="locks")
    starts_on = models.DateField()
    ends_on = models.DateField()
    label = models.CharField(max_length=60)
    locked_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=120, help_text="the report that locked it, by name")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "starts_on", "ends_on"], condition=Q(lifted_at=None), name="a_period_is_locked_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="a_locked_period_does_not_end_before_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.label}"
