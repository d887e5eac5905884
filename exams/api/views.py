"""The bank's API: items for its roles. Others get none, as on the pages; exam-only ones leave their trace."""

from django.utils import timezone
from rest_framework import viewsets

from exams import items
from exams.models import Item

from .serializers import ItemSerializer


class ItemViewSet(viewsets.ReadOnlyModelViewSet):
    """Items with their keys, for the bank's roles alone."""

    serializer_class = ItemSerializer
    filterset_fields = {
        "code": ["exact"],
        "state": ["exact"],
        "classification": ["exact"],
        "current__kind": ["exact"],
        "current__topic": ["exact"],
        "current__difficulty": ["exact"],
        "current__citations__law__code": ["exact"],
    }
    queryset = Item.objects.none()

    def get_queryset(self):
        found = Item.objects.visible_to(self.request.user).select_related("current")
        return found.prefetch_related("current__citations__law", "current__citations__law_version").order_by("pk").distinct()

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        items.see(page, by=self.request.user, now=timezone.now())
        return page

    def get_object(self):
        found = super().get_object()
        items.see([found], by=self.request.user, now=timezone.now())
        return found
