"""Pages: account."""

urlpatterns = []
