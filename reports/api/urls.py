"""The API routes of reports."""

from rest_framework.routers import SimpleRouter

from reports.api.views import ReportViewSet

router = SimpleRouter()
router.register("reports", ReportViewSet, basename="api-reports")

urlpatterns = router.urls
