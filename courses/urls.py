"""The addresses of study; each view module lists its own."""

from courses.views import law_reports, packages, packages_host, sessions

app_name = "courses"

urlpatterns = [
    *packages.urlpatterns,
    *packages_host.urlpatterns,
    *sessions.urlpatterns,
    *law_reports.urlpatterns,
]
