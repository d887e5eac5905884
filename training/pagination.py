"""How long lists are cut into pages."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """`?page=N&page_size=M`, a hundred rows unless asked, a thousand at most."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
