"""Pages: system."""

urlpatterns = []
