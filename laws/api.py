"""The library over REST: laws, their versions, articles with their words or their gist. Read only, for everybody signed in."""

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.routers import SimpleRouter

from laws import search
from laws.models import Article, LawVersion, LegalDocument


class LawVersionSerializer(serializers.ModelSerializer):
    class Meta:
        model = LawVersion
        fields = read_only_fields = ["label", "promulgated_on", "effective_on", "number", "article_count", "has_text"]


class LawSerializer(serializers.ModelSerializer):
    versions = LawVersionSerializer(many=True, read_only=True)
    repealed_by = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)

    class Meta:
        model = LegalDocument
        fields = read_only_fields = ["code", "title", "short_title", "kind", "repealed_on", "repealed_by", "versions"]


class ArticleSerializer(serializers.ModelSerializer):
    law = serializers.CharField(source="version.document.code", read_only=True)
    version = serializers.CharField(source="version.label", read_only=True)
    label = serializers.CharField(read_only=True)

    class Meta:
        model = Article
        fields = read_only_fields = ["law", "version", "ref", "label", "text", "gist"]


class LawViewSet(viewsets.ReadOnlyModelViewSet):
    """Laws with their versions."""

    serializer_class = LawSerializer
    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    filterset_fields = ["kind", "short_title"]
    queryset = LegalDocument.objects.none()

    def get_queryset(self):
        versions = Prefetch("versions", LawVersion.objects.order_by("effective_on", "pk"))
        return LegalDocument.objects.of_the_library().select_related("repealed_by").prefetch_related(versions).order_by("code")


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("law", str, description="code of a law"),
            OpenApiParameter("version", str, description="label of a version; the one in force today unless given"),
            OpenApiParameter("ref", str, description="article, like 33 or 17-1"),
            OpenApiParameter("q", str, description="words that stand in the article"),
        ]
    )
)
class ArticleViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Articles of a law, or those in which words stand."""

    serializer_class = ArticleSerializer
    filter_backends = []
    queryset = Article.objects.none()

    def get_queryset(self):
        given = self.request.GET
        articles = Article.objects.select_related("version__document").order_by("version_id", "position")
        if given.get("version"):
            articles = articles.filter(version__label=given["version"])
        else:
            articles = articles.filter(version__in=LawVersion.objects.in_force_on(timezone.localdate()))
        for name, field in (("law", "version__document__code"), ("ref", "ref")):
            if given.get(name):
                articles = articles.filter(**{field: given[name]})
        if given.get("q"):
            matching = search.matching_articles(given["q"])
            articles = articles.none() if matching is None else articles.filter(pk__in=matching)
        return articles


router = SimpleRouter()
router.register("laws", LawViewSet, basename="api-laws")
router.register("articles", ArticleViewSet, basename="api-articles")
urlpatterns = router.urls
