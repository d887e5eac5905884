"""Pages: search."""

urlpatterns = []
