"""Pages: sessions."""

urlpatterns = []
