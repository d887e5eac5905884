"""Pages: adjustments."""

urlpatterns = []
