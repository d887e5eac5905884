"""The addresses of the report pages."""

from django.urls import path

from reports import item_views, views

app_name = "reports"

urlpatterns = [
    *item_views.urlpatterns,
    path("", views.reports, name="list"),
    path("summary/", views.summary, name="summary"),
    path("all/", views.write_all, name="write_all"),
    path("<int:pk>/versions/<int:number>/<str:form>/", views.version, name="version"),
    path("<int:pk>/decide/<str:act>/", views.decide, name="decide"),
    path("<str:code>/", views.of_unit, name="report"),
    path("<str:code>/submit/", views.submit, name="submit"),
    path("<str:code>/draft/<str:form>/", views.draft, name="draft"),
]
