"""Pages: people."""

urlpatterns = []
