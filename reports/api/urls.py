"""The API routes of reports."""

urlpatterns = []
