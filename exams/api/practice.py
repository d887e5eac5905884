"""Practice over the API: begin, answer, result, and the must-know lists. A key never leaves before the answer."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from exams import must_know, practice
from exams.models import Citation, MustKnowEntry, MustKnowList, PracticeRun

from .serializers import CitationSerializer


class BeginSerializer(serializers.Serializer):
    by = serializers.ChoiceField(["law", "topic", "listed", "weakness", "notebook", "due"])
    value = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="code of a law, a topic, or the key of a must-know list's entry",
    )
    ref = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=12, help_text="article of the law, like 33"
    )
    count = serializers.IntegerField(required=False, default=practice.COUNT, min_value=1, max_value=practice.MOST)


class AnswerSerializer(serializers.Serializer):
    position = serializers.IntegerField(min_value=0, max_value=practice.MOST)
    response = serializers.JSONField(allow_null=True, help_text="as the kind has it: option ids, true or false, texts, pairs")
    rating = serializers.ChoiceField(["", *practice.RATINGS], required=False, default="")


class JudgeSerializer(serializers.Serializer):
    position = serializers.IntegerField(min_value=0, max_value=practice.MOST)
    met = serializers.ListField(child=serializers.CharField(max_length=40), help_text="names of the scoring points met")


class PlaceSerializer(serializers.Serializer):
    """A question without its key."""

    position = serializers.IntegerField()
    kind = serializers.CharField(source="version.kind")
    stem = serializers.CharField(source="version.stem")
    body = serializers.JSONField()
    marks = serializers.IntegerField(help_text="hundredths of a mark")
    is_answered = serializers.SerializerMethodField()

    def get_is_answered(self, place) -> bool:
        return place.answer is not None


class RunSerializer(serializers.ModelSerializer):
    is_passed = serializers.BooleanField(read_only=True, help_text="of a quiz with a pass mark, once finished")

    class Meta:
        model = PracticeRun
        fields = read_only_fields = [
            "id", "title", "purpose", "pass_mark", "earned", "total", "started_at", "finished_at", "is_passed",
        ]  # fmt: skip


class RunWithPlacesSerializer(RunSerializer):
    places = PlaceSerializer(source="shown_places", many=True, read_only=True)

    class Meta(RunSerializer.Meta):
        fields = read_only_fields = [*RunSerializer.Meta.fields, "places"]


class ResultSerializer(serializers.Serializer):
    """An answer with the key, the explanation and what decides it. `is_right` is null until the person has judged it."""

    position = serializers.IntegerField()
    response = serializers.JSONField()
    is_right = serializers.SerializerMethodField()
    fraction = serializers.IntegerField(allow_null=True, help_text="ten-millionths of the marks")
    body = serializers.JSONField(source="version.body", help_text="with the key")
    explanation = serializers.CharField(source="version.explanation")
    citations = CitationSerializer(source="version.citations", many=True)
    points = serializers.SerializerMethodField(help_text="scoring points the person judges by: name and marks")

    def get_is_right(self, answer) -> bool | None:
        return practice.is_right(answer)

    def get_points(self, answer) -> list[dict]:
        return [{"name": name, "text": point["text"], "marks": point["marks"]} for name, point in practice.points(answer.version)]


class EntrySerializer(serializers.ModelSerializer):
    law = serializers.CharField(source="law.code")
    articles = serializers.JSONField(source="refs", help_text="empty: the law as a whole")

    class Meta:
        model = MustKnowEntry
        fields = read_only_fields = ["id", "law", "articles"]


class MustKnowSerializer(serializers.ModelSerializer):
    laws = EntrySerializer(source="entries", many=True, read_only=True)

    class Meta:
        model = MustKnowList
        fields = read_only_fields = ["code", "title", "staff_category", "post", "document", "valid_from", "valid_to", "laws"]


def _said(serializer, request) -> dict:
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return given.validated_data


class PracticeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """One's own practice: begin a run, answer place by place, see what was right and why."""

    serializer_class = RunSerializer
    queryset = PracticeRun.objects.none()

    def get_queryset(self):
        return PracticeRun.objects.filter(person=self.request.user.pk).order_by("-pk")

    @extend_schema(request=BeginSerializer, responses={201: RunWithPlacesSerializer})
    def create(self, request):
        run = practice.begin(person=request.user, now=timezone.now(), **_said(BeginSerializer, request))
        return Response(self._with_places(run), status=201)

    @extend_schema(responses=RunWithPlacesSerializer)
    def retrieve(self, request, pk=None):
        return Response(self._with_places(self.get_object()))

    def _with_places(self, run: PracticeRun) -> dict:
        run.shown_places = practice.places(run)
        return RunWithPlacesSerializer(run).data

    @extend_schema(request=AnswerSerializer, responses={201: ResultSerializer, 200: ResultSerializer})
    @action(detail=True, methods=["post"])
    def answer(self, request, pk=None):
        """The first answer to a place counts (201); another is given the first again (200)."""
        given = practice.answer(run=self.get_object(), now=timezone.now(), **_said(AnswerSerializer, request))
        return Response(ResultSerializer(given.answer).data, status=201 if given.is_new else 200)

    @extend_schema(request=JudgeSerializer, responses=ResultSerializer)
    @action(detail=True, methods=["post"])
    def judge(self, request, pk=None):
        """The person says which scoring points their written answer meets."""
        said = _said(JudgeSerializer, request)
        found = get_object_or_404(self.get_object().answers, position=said["position"])
        return Response(ResultSerializer(practice.judge(answer=found, met=said["met"], now=timezone.now())).data)

    @extend_schema(request=None, responses=RunSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request, pk=None):
        return Response(RunSerializer(practice.finish(run=self.get_object(), now=timezone.now())).data)

    @extend_schema(responses=ResultSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def results(self, request, pk=None):
        """What was answered so far, with keys; the rest keeps its own."""
        cited = Prefetch("version__citations", Citation.objects.select_related("law", "law_version").order_by("pk"))
        answers = self.get_object().answers.select_related("version").prefetch_related(cited).order_by("position")
        return Response(ResultSerializer(answers, many=True).data)


class MustKnowViewSet(viewsets.ReadOnlyModelViewSet):
    """The must-know lists in force today."""

    serializer_class = MustKnowSerializer
    lookup_field = "code"
    filterset_fields = ["staff_category", "post"]
    queryset = MustKnowList.objects.none()

    def get_queryset(self):
        return must_know.lists_on(timezone.localdate()).prefetch_related("entries__law")
