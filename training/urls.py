"""The addresses of the ground floor's pages; each view module lists its own."""

from training.views import (
    account,
    adjustments,
    boards,
    claims,
    home,
    imports,
    jobs,
    people,
    registrations,
    requirements,
    search,
    sessions,
    statements,
    submissions,
    supervision,
    system,
    transfers,
)

app_name = "training"

urlpatterns = [
    *home.urlpatterns,
    *account.urlpatterns,
    *statements.urlpatterns,
    *boards.urlpatterns,
    *people.urlpatterns,
    *transfers.urlpatterns,
    *imports.urlpatterns,
    *submissions.urlpatterns,
    *claims.urlpatterns,
    *registrations.urlpatterns,
    *sessions.urlpatterns,
    *requirements.urlpatterns,
    *adjustments.urlpatterns,
    *supervision.urlpatterns,
    *system.urlpatterns,
    *jobs.urlpatterns,
    *search.urlpatterns,
]
