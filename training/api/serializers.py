"""What the API names of each thing; nothing is computed here. Hours are integers: hundredths of a study hour."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from training.models import Category, Mode, Person, Requirement, StudyRecord, Unit


class UnitSerializer(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)

    class Meta:
        model = Unit
        fields = ["code", "name", "kind", "parent", "uscc", "valid_from", "valid_to"]


class PersonSerializer(serializers.ModelSerializer):
    id_number = serializers.CharField(source="id_number_masked", read_only=True)

    class Meta:
        model = Person
        fields = ["id", "staff_no", "name", "sex", "certificate_no", "id_number", "is_active"]


class StudyRecordSerializer(serializers.ModelSerializer):
    staff_no = serializers.CharField(source="person.staff_no", read_only=True)
    rule_version = serializers.IntegerField(source="rule_set.version", read_only=True)
    reverses = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)

    class Meta:
        model = StudyRecord
        fields = [
            "id", "staff_no", "studied_on", "category", "mode", "title", "organiser", "minutes", "stated", "credit", "refusals",
            "rule_version", "origin", "part", "revision", "reverses", "certified_at",
        ]  # fmt: skip


class RequirementSerializer(serializers.ModelSerializer):
    document = serializers.StringRelatedField()

    class Meta:
        model = Requirement
        fields = [
            "year",
            "code",
            "title",
            "measure",
            "staff_category",
            "unit_kind",
            "counted",
            "target",
            "document",
            "item",
            "quote",
            "deciding_document",
        ]


class StudyRowSerializer(serializers.Serializer):
    """One line of a batch: the person by staff number; the amount in minutes, or as stated hours (hundredths)."""

    staff_no = serializers.CharField(max_length=40)
    studied_on = serializers.DateField()
    category = serializers.ChoiceField(choices=Category.choices)
    mode = serializers.ChoiceField(choices=Mode.choices, default=Mode.CLASS)
    title = serializers.CharField(max_length=200)
    organiser = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    minutes = serializers.IntegerField(min_value=1, max_value=1440, required=False)
    stated = serializers.IntegerField(min_value=1, max_value=200_000, required=False)
    origin = serializers.CharField(max_length=100)

    def validate(self, row):
        if ("minutes" in row) == ("stated" in row):
            raise serializers.ValidationError(_("Give either minutes or stated hours."), code="amount")
        return row


class BatchSerializer(serializers.Serializer):
    unit = serializers.CharField(max_length=40, help_text="code of the unit that reports")
    title = serializers.CharField(max_length=200)
    rows = StudyRowSerializer(many=True, allow_empty=False)


class BatchAnswerSerializer(serializers.Serializer):
    submission = serializers.IntegerField(allow_null=True)
    registered = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class StandingSerializer(serializers.Serializer):
    person = serializers.IntegerField(source="person_id")
    unit = serializers.SerializerMethodField(help_text="code of the unit the person serves in")
    requirement = serializers.CharField(source="requirement.code")
    status = serializers.CharField()
    required = serializers.IntegerField(allow_null=True)
    attained = serializers.IntegerField()
    remaining = serializers.IntegerField(allow_null=True)
    pending = serializers.IntegerField()

    def get_unit(self, row) -> str:
        return self.context["units"][row.unit_id].code
