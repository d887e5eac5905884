"""Pages: statements."""

urlpatterns = []
