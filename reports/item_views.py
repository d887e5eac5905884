"""Page: the bank as a file, as its list is narrowed."""

from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from exams import exporting
from exams.models import Item
from exams.views.bank import narrowed
from reports import item_exports
from training import access
from training.errors import BadInput


@require_safe
def export_items(request, format):
    """Reviewers take questions out of the house; every export is in the trail."""
    access.require(request.user, "review_items")
    found = list(narrowed(request, Item.objects.visible_to(request.user)).select_related("current").order_by("pk"))
    if not found:
        raise BadInput()
    made = item_exports.write(exporting.exported(found), format=format)
    exporting.trace(found, by=request.user, now=timezone.now(), format=format)
    response = HttpResponse(made.content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="items.{item_exports.ENDINGS[format]}"'
    return response


urlpatterns = [path("items/<str:format>/", export_items, name="export_items")]
