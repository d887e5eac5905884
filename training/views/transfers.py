"""Pages: transfers."""

urlpatterns = []
