"""Reports by the API: state, versions, digests."""

from django.db.models import F, Prefetch
from rest_framework import serializers, viewsets

from reports.models import Report, ReportVersion


class VersionSerializer(serializers.ModelSerializer):
    total = serializers.JSONField(read_only=True)

    class Meta:
        model = ReportVersion
        fields = ["version", "amends", "digest", "submitted_at", "decision", "decided_at", "total"]


class ReportSerializer(serializers.ModelSerializer):
    unit = serializers.SlugRelatedField(slug_field="code", read_only=True)
    versions = VersionSerializer(many=True, read_only=True)

    class Meta:
        model = Report
        fields = ["id", "unit", "year", "kind", "number", "state", "versions"]


class ReportViewSet(viewsets.ReadOnlyModelViewSet):
    """Reports of the units in reach, with every version."""

    serializer_class = ReportSerializer
    filterset_fields = ["year", "kind", "number", "state", "unit__code"]
    queryset = Report.objects.none()

    def get_queryset(self):
        versions = ReportVersion.objects.defer("data").annotate(total=F("data__total"))  # no locked rows for one figure of them
        reports = Report.objects.visible_to(self.request.user).select_related("unit").order_by("pk")
        return reports.prefetch_related(Prefetch("versions", versions))
