"""Pages: SCORM packages: uploaded, looked through, tried, made a lesson; and the player of a lesson."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.models import Course, CourseState, Lesson, ScormPackage
from courses.scorm import lessons, player, prerequisites
from courses.scorm import package as packages
from training import access
from training.errors import DomainError
from training.models import Category, Unit

from .packages_host import SANDBOX

ROWS = 50
NOTES = {
    "folder": _("The package was zipped with its folder around it; it is read from there."),
    "left_out": _("Left out, as only a server or a desktop would run it"),
    "not_shown": _("A further organisation that is not shown"),
}


class UploadForm(forms.Form):
    file = forms.FileField(label=_("Package"), help_text=_("A zip of SCORM 1.2 or 2004, as an authoring tool exports it"))


class LessonForm(forms.Form):
    course = forms.ModelChoiceField(label=_("Course"), queryset=Course.objects.none(), help_text=_("Drafts only"))
    title = forms.CharField(label=_("Title"), max_length=120)
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)
    minutes = forms.IntegerField(
        label=_("Length in minutes"), min_value=1, max_value=1440, help_text=_("The most that studying it counts")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        within = access.reachable_units(user, Unit.objects.all(), "make_courses")
        self.fields["course"].queryset = Course.objects.filter(state=CourseState.DRAFT, unit__in=within)


@require_http_methods(["GET", "POST"])
def package_list(request):
    access.require(request.user, "make_courses")
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            taken = packages.receive(file=upload.file, name=upload.name, by=request.user, now=timezone.now())
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("courses:package", taken.pk)
    rows = ScormPackage.objects.annotate(parts=Count("units")).select_related("uploaded_by").order_by("-pk")
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {"form": form, "page": page}
    return render(request, "courses/scorm/packages.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def package_page(request, pk):
    access.require(request.user, "make_courses")
    package = get_object_or_404(ScormPackage.objects.select_related("uploaded_by"), pk=pk)
    form = LessonForm(request.POST or None, user=request.user, initial={"title": package.title[:120], "minutes": 30})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            lesson = lessons.add_lesson(
                course=said["course"],
                package=package,
                title=said["title"],
                category=said["category"],
                seconds=said["minutes"] * 60,
                by=request.user,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Lesson %(number)d of “%(course)s”.") % {"number": lesson.position, "course": lesson.course}
            )
            return redirect("courses:package", package.pk)
    units = list(package.units.order_by("position"))
    titles = {unit.identifier: unit.title for unit in units} | {name: title for unit in units for name, title in unit.headings}
    context = {
        "package": package,
        "units": [(unit, prerequisites.in_words(unit.prerequisites, titles)) for unit in units],
        "lessons": list(package.lessons.select_related("course")),
        "notes": [(NOTES[code], name) for code, name in package.notes],
        "form": form,
    }
    return render(request, "courses/scorm/package.html", context, status=422 if request.method == "POST" else 200)


def _player(request, package, lesson, template):
    shown = player.show(request, package=package, lesson=lesson, number=request.GET.get("part", ""))
    return player.open_to_frame(render(request, template, {"shown": shown, "sandbox": SANDBOX}), shown)


@require_safe
def package_preview(request, pk):
    access.require(request.user, "make_courses")
    return _player(request, get_object_or_404(ScormPackage, pk=pk), None, "courses/scorm/player.html")


def _lesson(request, pk) -> Lesson:
    """A lesson of a published course, or of any course for those who make courses there."""
    lesson = get_object_or_404(Lesson.objects.select_related("course__unit", "package"), pk=pk, package__isnull=False)
    if lesson.course.state != CourseState.PUBLISHED:
        access.require(request.user, "make_courses", lesson.course.unit)
    return lesson


@require_safe
def package_lesson(request, pk):
    lesson = _lesson(request, pk)
    return _player(request, lesson.package, lesson, "courses/scorm/player.html")


@require_safe
def package_menu(request, pk):
    lesson = _lesson(request, pk)
    return _player(request, lesson.package, lesson, "courses/scorm/_menu.html")


urlpatterns = [
    path("courses/packages/", package_list, name="packages"),
    path("courses/packages/<int:pk>/", package_page, name="package"),
    path("courses/packages/<int:pk>/preview/", package_preview, name="package_preview"),
    path("courses/lessons/<int:pk>/package/", package_lesson, name="package_lesson"),
    path("courses/lessons/<int:pk>/package/menu/", package_menu, name="package_menu"),
]
