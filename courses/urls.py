"""The addresses of study; each view module lists its own."""

from courses.views import packages, packages_host

app_name = "courses"

urlpatterns = [
    *packages.urlpatterns,
    *packages_host.urlpatterns,
]
