"""Pages: home."""

urlpatterns = []
