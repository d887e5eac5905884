"""The ground floor's API routes."""

from rest_framework.routers import SimpleRouter

from training.api import views

router = SimpleRouter()
router.register("units", views.UnitViewSet, basename="api-units")
router.register("people", views.PersonViewSet, basename="api-people")
router.register("requirements", views.RequirementViewSet, basename="api-requirements")
router.register("study-records", views.StudyRecordViewSet, basename="api-study-records")
router.register("standings", views.StandingViewSet, basename="api-standings")

urlpatterns = router.urls
