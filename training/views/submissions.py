"""Pages: submissions."""

urlpatterns = []
