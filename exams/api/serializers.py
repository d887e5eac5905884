"""What the API names of an item; nothing is computed here. Marks are hundredths. Keys go to the bank's roles alone."""

from rest_framework import serializers

from exams.models import Citation, Item


class CitationSerializer(serializers.ModelSerializer):
    law = serializers.CharField(source="law.name")
    version = serializers.CharField(source="law_version.label", default="")
    article = serializers.CharField(source="ref")

    class Meta:
        model = Citation
        fields = ["law", "version", "article", "decisive"]


class ItemSerializer(serializers.ModelSerializer):
    version = serializers.IntegerField(source="current.number")
    kind = serializers.CharField(source="current.kind")
    stem = serializers.CharField(source="current.stem")
    body = serializers.JSONField(source="current.body", help_text="with the key: only the bank's roles read items here")
    policy = serializers.CharField(source="current.policy")
    marks = serializers.IntegerField(source="current.marks", help_text="hundredths of a mark")
    explanation = serializers.CharField(source="current.explanation")
    topic = serializers.CharField(source="current.topic")
    knowledge_point = serializers.CharField(source="current.knowledge_point")
    difficulty = serializers.IntegerField(source="current.difficulty")
    audience = serializers.JSONField(source="current.audience")
    citations = CitationSerializer(source="current.citations", many=True)

    class Meta:
        model = Item
        fields = [
            "id", "code", "state", "classification", "is_quarantined", "version", "kind", "stem", "body", "policy", "marks",
            "explanation", "topic", "knowledge_point", "difficulty", "audience", "citations",
        ]  # fmt: skip
        read_only_fields = fields
