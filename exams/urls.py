"""The addresses of the bank's pages; each view module lists its own."""

from exams.views import amendments, bank, duplicates, imports, must_know, papers, practice

app_name = "exams"

urlpatterns = [
    *amendments.urlpatterns,
    *duplicates.urlpatterns,
    *imports.urlpatterns,
    *bank.urlpatterns,
    *practice.urlpatterns,
    *must_know.urlpatterns,
    *papers.urlpatterns,
]
