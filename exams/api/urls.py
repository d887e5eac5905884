"""The bank's API routes."""

from rest_framework.routers import SimpleRouter

from exams.api.views import ItemViewSet

router = SimpleRouter()
router.register("items", ItemViewSet, basename="api-items")

urlpatterns = router.urls
