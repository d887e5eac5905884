"""The ground floor's API routes."""

urlpatterns = []
