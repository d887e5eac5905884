"""The addresses of the bank's pages; each view module lists its own."""

from exams.views import amendments, bank, duplicates, imports, papers

app_name = "exams"

urlpatterns = [
    *amendments.urlpatterns,
    *duplicates.urlpatterns,
    *imports.urlpatterns,
    *bank.urlpatterns,
    *papers.urlpatterns,
]
