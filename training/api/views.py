"""The ground floor's API. Rows open through the same access as the pages; acts call the same functions."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.response import Response

from training import access, registrations
from training.errors import BadInput, ConflictingAward, NotAllowed, YearNotOpened
from training.models import HoursLine, Person, Posting, Requirement, StaffCategory, StudyRecord, Submission, Unit
from training.scope import scope_of
from training.standing import STATUSES

from . import serializers


class UnitViewSet(viewsets.ReadOnlyModelViewSet):
    """The unit tree."""

    serializer_class = serializers.UnitSerializer
    lookup_field = "code"
    filterset_fields = ["kind", "parent__code"]
    queryset = Unit.objects.none()

    def get_queryset(self):
        return Unit.objects.visible_to(self.request.user).select_related("parent").order_by("path")


class PersonViewSet(viewsets.ReadOnlyModelViewSet):
    """People the caller may see; personal numbers masked."""

    serializer_class = serializers.PersonSerializer
    filterset_fields = ["staff_no", "name", "is_active"]
    queryset = Person.objects.none()

    def get_queryset(self):
        return Person.objects.visible_to(self.request.user).order_by("pk")


class RequirementViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Requirements with their clause."""

    serializer_class = serializers.RequirementSerializer
    filterset_fields = ["year", "code", "measure"]
    queryset = Requirement.objects.none()

    def get_queryset(self):
        return Requirement.objects.known_at(None).select_related("document").order_by("year", "pk")


class StudyRecordViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Ledger entries the caller may see, and batches handed in for certification."""

    serializer_class = serializers.StudyRecordSerializer
    filterset_fields = ["year", "category", "mode", "person", "person__staff_no", "origin"]
    queryset = StudyRecord.objects.none()

    def get_queryset(self):
        return StudyRecord.objects.visible_to(self.request.user).select_related("person", "rule_set").order_by("pk")

    @extend_schema(request=serializers.BatchSerializer, responses={201: serializers.BatchAnswerSerializer})
    def create(self, request):
        """Register a batch: all rows or none. A row whose person and origin are registered already changes nothing."""
        parsed = serializers.BatchSerializer(data=request.data)
        parsed.is_valid(raise_exception=True)
        return Response(_register(parsed.validated_data, request.user, timezone.now()), status=status.HTTP_201_CREATED)


def _register(said: dict, by, now) -> dict:
    unit = Unit.objects.filter(code=said["unit"]).first()
    if unit is None or not access.may(by, "register", unit):
        raise NotAllowed()
    rows = said["rows"]
    people = _people(unit, {row["staff_no"] for row in rows})
    known = registrations.registered(origins={row["origin"] for row in rows})
    lines, unchanged = [], 0
    for number, row in enumerate(rows, 1):
        person_id = people.get(row["staff_no"])
        if person_id is None:
            raise BadInput(
                _("Row %(row)s: %(staff_no)s serves in no unit below %(unit)s."),
                row=number,
                staff_no=row["staff_no"],
                unit=unit.code,
            )
        if row["studied_on"] > timezone.localtime(now).date():
            raise BadInput(_("Row %(row)s: %(date)s lies in the future."), row=number, date=row["studied_on"].isoformat())
        stated = tuple(row.get(name) for name in registrations.FACTS)
        before = known.get((person_id, row["origin"], 1))
        if before is not None and before != stated:
            raise ConflictingAward(
                _("Row %(row)s: %(origin)s was registered with other figures."), row=number, origin=row["origin"]
            )
        if before is not None:
            unchanged += 1
            continue
        known[person_id, row["origin"], 1] = stated
        facts = {name: value for name, value in row.items() if name != "staff_no"}
        lines.append(HoursLine(person_id=person_id, **facts))
    if not lines:
        return {"submission": None, "registered": 0, "unchanged": unchanged}
    batch = registrations.register(
        unit=unit,
        subject=Submission.Subject.HOURS,
        source=Submission.Source.PLATFORM,
        title=said["title"],
        lines=lines,
        by=by,
        now=now,
    )
    registrations.submit(submission=batch, by=by, now=now)
    return {"submission": batch.pk, "registered": len(lines), "unchanged": unchanged}


def _people(unit, numbers: set[str]) -> dict[str, int]:
    postings = Posting.objects.current().filter(is_main=True, unit__path__startswith=unit.path, person__staff_no__in=numbers)
    return dict(postings.values_list("person__staff_no", "person_id"))


class StandingViewSet(viewsets.GenericViewSet):
    """Where people stand in a year, as of now or of another day."""

    serializer_class = serializers.StandingSerializer
    queryset = Person.objects.none()
    filter_backends = []

    @extend_schema(
        parameters=[
            OpenApiParameter("year", int),
            OpenApiParameter("unit", str, description="code; the highest unit in reach unless given"),
            OpenApiParameter("period", str, enum=["year", "half1", "half2", "q1", "q2", "q3", "q4"]),
            OpenApiParameter("as_of", str, description="YYYY-MM-DD"),
            OpenApiParameter("category", str, enum=StaffCategory.values, description="only who holds this staff category too"),
            OpenApiParameter("status", str, enum=list(STATUSES), description="only this standing"),
        ]
    )
    def list(self, request):
        """Standings of the people below a unit; a year the district has not opened is refused, not answered with nobody."""
        scope = scope_of(request, "see_people")
        assessment = scope.assessment()
        if not assessment.is_open:
            raise YearNotOpened(year=scope.year)
        wanted = request.GET.get("status", "")
        if wanted and wanted not in STATUSES:
            raise BadInput(_("There is no standing “%(status)s”."), status=wanted)
        page = self.paginate_queryset([row for row in assessment.people if not wanted or row.status == wanted])
        context = self.get_serializer_context() | {"units": assessment.units}
        return self.get_paginated_response(serializers.StandingSerializer(page, many=True, context=context).data)
