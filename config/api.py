"""The routes of the REST API, version 1; each floor names its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("training.api.urls")),
    path("", include("laws.api")),
    path("", include("exams.api.urls")),
    path("", include("reports.api.urls")),
]
