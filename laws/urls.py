"""Addresses of the law library; that of an article is permanent."""

from django.urls import path

from laws import views

app_name = "laws"
urlpatterns = [
    path("", views.library, name="library"),
    path("search/", views.find, name="find"),
    path("<str:code>/", views.law, name="law"),
    path("<str:code>/compare/", views.compare, name="compare"),
    path("<str:code>/articles/<str:ref>/", views.article, name="article"),
    path("<str:code>/versions/<str:label>/", views.law, name="version"),
    path("<str:code>/versions/<str:label>/articles/<str:ref>/", views.article, name="article_of_version"),
]
