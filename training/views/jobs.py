"""Pages: jobs."""

urlpatterns = []
