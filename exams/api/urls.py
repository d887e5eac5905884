"""The bank's API routes."""

from rest_framework.routers import SimpleRouter

from exams.api.practice import MustKnowViewSet, PracticeViewSet
from exams.api.views import ItemViewSet

router = SimpleRouter()
router.register("items", ItemViewSet, basename="api-items")
router.register("practice", PracticeViewSet, basename="api-practice")
router.register("must-know", MustKnowViewSet, basename="api-must-know")

urlpatterns = router.urls
