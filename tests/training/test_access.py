"""Who gets which answer: every address as each role, read and acted on, held against two tables."""

import io

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import get_resolver

from courses import law_reports, sessions
from exams import must_know
from exams.models import Item, ItemVersion, PracticeRun
from laws import library
from reports import lifecycle
from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import adjustments, evidence, jobs, registrations
from training import people as moves
from training.models import HoursLine, ImportRun, Submission
from training.periods import Period
from training.submissions import Late

pytestmark = pytest.mark.django_db
ROLES = ("nobody", "learner", "hr", "sibling", "district", "auditor", "sysadmin", "secadmin", "audadmin")
#                          nobody learner hr  sibling district auditor sysadmin secadmin audadmin
TABLE = {
    "/api/v1/must-know/":  (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/must-know/all/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/practice/":   (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/practice/{practice}/": (401, 200, 404, 404, 404, 404, 404, 404, 404),
    "/api/v1/practice/{practice}/results/": (401, 200, 404, 404, 404, 404, 404, 404, 404),
    "/api/v1/practice/{practice}/answer/": (401, 405, 405, 405, 405, 405, 405, 405, 405),
    "/api/v1/practice/{practice}/judge/": (401, 405, 405, 405, 405, 405, 405, 405, 405),
    "/api/v1/practice/{practice}/finish/": (401, 405, 405, 405, 405, 405, 405, 405, 405),
    "/practice/":          (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/practice/begin/":    (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/practice/{practice}/": (302, 200, 404, 404, 404, 404, 404, 404, 404),
    "/practice/{practice}/0/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/practice/{practice}/0/judge/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/practice/{practice}/finish/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/weak-articles/":     (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/weak-articles/?unit=110115005": (302, 403, 200, 404, 200, 403, 403, 403, 403),
    "/must-know/":         (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/must-know/new/":     (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/must-know/all/":     (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/healthz":            (200, 200, 200, 200, 200, 200, 200, 200, 200),
    "/language/":          (302, 302, 302, 302, 302, 302, 302, 302, 302),
    "/api/schema/":        (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/docs/":          (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/units/":      (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/units/110115005/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/people/":     (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/people/{person}/": (401, 404, 200, 404, 200, 200, 404, 404, 404),
    "/api/v1/requirements/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/study-records/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/standings/":  (401, 404, 200, 200, 200, 200, 404, 404, 404),
    "/api/v1/standings/?unit=110115005": (401, 404, 200, 404, 200, 200, 404, 404, 404),
    "/api/v1/reports/":    (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/reports/{report}/":  (401, 404, 200, 404, 200, 200, 404, 404, 404),
    "/api/v1/laws/":       (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/laws/试验法/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/articles/":   (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/laws/":              (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/laws/search/?q=x":   (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/laws/试验法/":        (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/laws/试验法/compare/": (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/laws/试验法/articles/1/": (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/laws/试验法/versions/2020/": (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/laws/试验法/versions/2020/articles/1/": (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/reports/":           (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/reports/summary/":   (302, 404, 404, 404, 200, 200, 404, 404, 404),
    "/reports/all/":       (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/reports/110115005/?year=2025": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/reports/110115005/draft/xlsx/?year=2025&unit=110115005": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/reports/110115005/submit/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/reports/{report}/versions/1/xlsx/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/reports/{report}/decide/accept/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/": (302, 302, 302, 302, 302, 302, 302, 302, 302),
    "/sign-in/":           (200, 302, 302, 302, 302, 302, 302, 302, 302),
    "/sign-out/":          (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/activate/":          (200, 200, 200, 200, 200, 200, 200, 200, 200),
    "/password/":          (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/account/":           (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/account/tokens/":    (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/account/tokens/end/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/me/":                (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/me/claims/":         (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/people/":            (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/people/codes/":      (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/people/{person}/":   (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/people/{person}/recall/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/people/{person}/statement/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/board/":             (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/board/?unit=110115005": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/search/?q=队员":      (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/imports/":           (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/{run}/":     (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/marked/": (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/apply/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/submissions/":       (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/submissions/{batch}/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/submissions/{batch}/evidence/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/submissions/{batch}/certify/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/evidence/{proof}/":        (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/requirements/":      (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/requirements/open/": (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/requirements/{requirement}/": (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/requirements/2026/closing/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/adjustments/":      (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/adjustments/{adjustment}/confirm/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/adjustments/{adjustment}/refuse/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/adjustments/{adjustment}/withdraw/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/transfers/":        (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/transfers/{transfer}/release/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/transfers/{transfer}/refuse/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/sessions/":         (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/sessions/new/":     (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/?kind=adjustments": (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/{run}/correct/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/imports/{run}/undo/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/imports/{run}/discard/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/imports/{run}/codes/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/jobs/{job}/":        (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/jobs/{job}/file/":   (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/hours/new/":        (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/hours/new/?unit=110115005": (302, 403, 200, 404, 200, 403, 403, 403, 403),
    "/attainments/":      (302, 403, 200, 200, 200, 200, 403, 403, 403),
    "/attainments/new/":  (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/imports/{run}/missing/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/system/accounts/":  (302, 403, 403, 403, 403, 403, 200, 403, 403),
    "/system/accounts/codes/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/system/accounts/{person}/code/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/system/roles/":     (302, 403, 403, 403, 403, 403, 403, 200, 403),
    "/system/roles/{role}/revoke/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/audit/":             (302, 403, 403, 403, 403, 200, 403, 403, 200),
    "/audit/export/":      (302, 403, 403, 403, 403, 200, 403, 403, 200),
    "/audit/ledger/":      (302, 403, 403, 403, 403, 200, 403, 403, 200),
    "/papers/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/new/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/1/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/1/edit/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/1/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/1/A/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/reports/papers/1/paper/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/reports/papers/1/all/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/papers/blueprints/rows/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/papers/blueprints/check/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/papers/blueprints/1/draw/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/review/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/new/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/items/1/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/items/1/edit/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/alerts/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/alerts/1/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/duplicates/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/imports/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/imports/1/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/media/{sha256}/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/reports/items/xlsx/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/laws/import/": (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/bank/laws/repeal/": (302, 403, 403, 403, 200, 403, 403, 403, 403),
    "/bank/preview/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/parts/1/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/many/submit/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/items/1/approve/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/alerts/1/confirm/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/duplicates/1/2/apart/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/imports/1/apply/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/imports/1/correct/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/imports/1/discard/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/bank/laws/import/confirm/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/plan/": (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/plan/?unit=110115005": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/plan/new/": (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/plan/{plan}/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/plan/{plan}/material/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/plan/{plan}/act/hold/": (302, 405, 405, 405, 405, 405, 405, 405, 405),
    "/law-reports/": (302, 404, 200, 200, 200, 200, 404, 404, 404),
    "/law-reports/new/": (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/law-reports/{law_report}/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/law-reports/{law_report}/file/": (302, 404, 200, 404, 200, 200, 404, 404, 404),
    "/courses/packages/": (302, 403, 200, 200, 200, 403, 403, 403, 403),
    "/courses/packages/1/": (302, 403, 404, 404, 404, 403, 403, 403, 403),
    "/courses/packages/1/preview/": (302, 403, 404, 404, 404, 403, 403, 403, 403),
    "/courses/lessons/1/package/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/courses/lessons/1/package/menu/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/packages/x/frame/": (404, 404, 404, 404, 404, 404, 404, 404, 404),
    "/packages/x/files/a.html": (404, 404, 404, 404, 404, 404, 404, 404, 404),
    "/packages/x/begin/": (404, 404, 404, 404, 404, 404, 404, 404, 404),
    "/packages/x/report/": (404, 404, 404, 404, 404, 404, 404, 404, 404),
    "/api/v1/items/": (401, 200, 200, 200, 200, 200, 200, 200, 200),
    "/api/v1/items/1/": (401, 404, 404, 404, 404, 404, 404, 404, 404),
}  # fmt: skip


# what a POST without anything in it meets: 403 and 404 are closed; 302, 409 and 422 mean that the role may act
#                          nobody learner hr  sibling district auditor sysadmin secadmin audadmin
ACTS = {
    "/plan/new/": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/plan/{plan}/act/material/": (302, 404, 422, 404, 422, 422, 404, 404, 404),
    "/plan/{plan}/act/review/": (302, 404, 403, 404, 422, 403, 404, 404, 404),
    "/plan/{plan}/act/hold/": (302, 404, 422, 404, 422, 422, 404, 404, 404),
    "/plan/{plan}/act/other/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/law-reports/new/": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/law-reports/{law_report}/": (302, 404, 403, 404, 422, 403, 404, 404, 404),
    "/courses/packages/": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/courses/packages/1/": (302, 403, 404, 404, 404, 403, 403, 403, 403),
    "/packages/x/begin/": (404, 404, 404, 404, 404, 404, 404, 404, 404),
    "/packages/x/report/": (404, 404, 404, 404, 404, 404, 404, 404, 404),
    "/api/v1/practice/": (401, 415, 415, 415, 415, 415, 415, 415, 415),
    "/api/v1/practice/{practice}/answer/": (401, 415, 404, 404, 404, 404, 404, 404, 404),
    "/api/v1/practice/{practice}/judge/": (401, 415, 415, 415, 415, 415, 415, 415, 415),
    "/api/v1/practice/{practice}/finish/": (401, 200, 404, 404, 404, 404, 404, 404, 404),
    "/practice/begin/": (302, 422, 422, 422, 422, 422, 422, 422, 422),
    "/practice/{practice}/0/": (302, 422, 404, 404, 404, 404, 404, 404, 404),
    "/practice/{practice}/0/judge/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/practice/{practice}/finish/": (302, 302, 404, 404, 404, 404, 404, 404, 404),
    "/must-know/new/": (302, 403, 403, 403, 422, 403, 403, 403, 403),
    "/must-know/all/": (302, 403, 403, 403, 422, 403, 403, 403, 403),
    "/language/": (302, 302, 302, 302, 302, 302, 302, 302, 302),
    "/api/v1/study-records/": (401, 415, 415, 415, 415, 415, 415, 415, 415),
    "/reports/all/?year=2025": (302, 404, 404, 404, 302, 302, 404, 404, 404),
    "/reports/110115005/submit/?year=2026": (302, 404, 422, 404, 422, 403, 404, 404, 404),
    "/reports/{report}/decide/accept/": (302, 404, 403, 404, 302, 403, 404, 404, 404),
    "/reports/{report}/decide/return/": (302, 404, 403, 404, 422, 403, 404, 404, 404),
    "/reports/{report}/decide/amend/": (302, 404, 422, 404, 422, 403, 404, 404, 404),
    "/reports/{report}/decide/other/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/sign-in/": (422, 302, 302, 302, 302, 302, 302, 302, 302),
    "/sign-out/": (302, 302, 302, 302, 302, 302, 302, 302, 302),
    "/activate/": (422, 422, 422, 422, 422, 422, 422, 422, 422),
    "/password/": (302, 422, 422, 422, 422, 422, 422, 422, 422),
    "/account/tokens/": (302, 200, 200, 200, 200, 200, 200, 200, 200),
    "/account/tokens/end/": (302, 302, 302, 302, 302, 302, 302, 302, 302),
    "/me/claims/": (302, 422, 422, 422, 422, 422, 422, 422, 422),
    "/transfers/{transfer}/release/": (302, 404, 302, 403, 302, 404, 404, 404, 404),
    "/transfers/{transfer}/refuse/": (302, 404, 422, 403, 422, 404, 404, 404, 404),
    "/imports/?kind=roster": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/imports/{run}/correct/": (302, 404, 422, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/apply/": (302, 404, 409, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/undo/": (302, 404, 302, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/discard/": (302, 404, 409, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/missing/": (302, 404, 422, 404, 404, 404, 404, 404, 404),
    "/imports/{run}/codes/": (302, 404, 200, 404, 404, 404, 404, 404, 404),
    "/submissions/{batch}/evidence/": (302, 404, 422, 404, 422, 403, 404, 404, 404),
    "/submissions/{batch}/submit/": (302, 404, 302, 404, 404, 404, 404, 404, 404),
    "/submissions/{batch}/approve/": (302, 404, 409, 404, 409, 403, 404, 404, 404),
    "/submissions/{batch}/certify/": (302, 404, 403, 404, 409, 403, 404, 404, 404),
    "/submissions/{batch}/release/": (302, 404, 403, 404, 409, 403, 404, 404, 404),
    "/submissions/{batch}/refuse/": (302, 404, 403, 404, 409, 403, 404, 404, 404),
    "/submissions/{batch}/return/": (302, 404, 422, 404, 422, 403, 404, 404, 404),
    "/submissions/{batch}/revoke/": (302, 404, 403, 404, 409, 403, 404, 404, 404),
    "/submissions/{batch}/other/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/hours/new/": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/attainments/new/": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/sessions/new/": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/requirements/open/": (302, 403, 403, 403, 422, 403, 403, 403, 403),
    "/requirements/{requirement}/": (302, 403, 403, 403, 422, 403, 403, 403, 403),
    "/requirements/2026/closing/": (302, 403, 403, 403, 302, 403, 403, 403, 403),
    "/adjustments/": (302, 403, 422, 422, 422, 403, 403, 403, 403),
    "/adjustments/{adjustment}/confirm/": (302, 404, 403, 404, 302, 403, 404, 404, 404),
    "/adjustments/{adjustment}/refuse/": (302, 404, 403, 404, 422, 403, 404, 404, 404),
    "/adjustments/{adjustment}/withdraw/": (302, 404, 302, 404, 302, 403, 404, 404, 404),
    "/audit/ledger/": (302, 403, 403, 403, 403, 200, 403, 403, 200),
    "/people/{person}/recall/": (302, 404, 409, 404, 409, 403, 404, 404, 404),
    "/people/codes/": (302, 422, 422, 422, 422, 422, 422, 422, 422),
    "/system/accounts/codes/": (302, 403, 403, 403, 403, 403, 422, 403, 403),
    "/system/accounts/{person}/code/": (302, 403, 403, 403, 403, 403, 200, 403, 403),
    "/system/accounts/{person}/unlock/": (302, 403, 403, 403, 403, 403, 200, 403, 403),
    "/system/accounts/{person}/close/": (302, 403, 403, 403, 403, 403, 200, 403, 403),
    "/system/accounts/{person}/other/": (302, 403, 403, 403, 403, 403, 404, 403, 403),
    "/system/roles/": (302, 403, 403, 403, 403, 403, 403, 422, 403),
    "/system/roles/{role}/revoke/": (302, 403, 403, 403, 403, 403, 403, 302, 403),
    "/papers/blueprints/new/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/1/edit/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/rows/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/check/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/papers/blueprints/1/draw/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/new/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/items/1/edit/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/preview/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/parts/1/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/many/submit/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/items/1/approve/": (302, 404, 404, 404, 404, 404, 404, 404, 404),
    "/bank/alerts/1/confirm/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/duplicates/1/2/apart/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/imports/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/imports/1/apply/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/reports/papers/1/all/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/imports/1/correct/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/imports/1/discard/": (302, 403, 403, 403, 403, 403, 403, 403, 403),
    "/bank/laws/import/": (302, 403, 403, 403, 422, 403, 403, 403, 403),
    "/bank/laws/import/confirm/": (302, 403, 403, 403, 422, 403, 403, 403, 403),
    "/bank/laws/repeal/": (302, 403, 403, 403, 422, 403, 403, 403, 403),
}  # fmt: skip
READ_ONLY = {
    "",
    "plan/",
    "plan/<int:pk>/",
    "plan/<int:pk>/material/",
    "law-reports/",
    "law-reports/<int:pk>/file/",
    "courses/packages/<int:pk>/preview/",
    "courses/lessons/<int:pk>/package/",
    "courses/lessons/<int:pk>/package/menu/",
    "packages/<str:token>/frame/",
    "packages/<str:token>/files/<path:name>",
    "account/",
    "api/v1/items/$",
    "api/v1/items/(?P<pk>[^/.]+)/$",
    "papers/",
    "papers/<int:pk>/",
    "papers/<int:pk>/<str:label>/",
    "papers/blueprints/",
    "papers/blueprints/<int:pk>/",
    "reports/papers/<int:pk>/<str:form>/",
    "bank/",
    "bank/alerts/",
    "bank/alerts/<int:pk>/",
    "bank/duplicates/",
    "bank/imports/<int:pk>/",
    "bank/items/<int:pk>/",
    "bank/media/<str:sha256>/",
    "bank/review/",
    "reports/items/<str:format>/",
    "api/docs/",
    "api/schema/",
    "api/v1/people/$",
    "api/v1/people/(?P<pk>[^/.]+)/$",
    "api/v1/reports/$",
    "api/v1/reports/(?P<pk>[^/.]+)/$",
    "api/v1/requirements/$",
    "api/v1/standings/$",
    "api/v1/units/$",
    "api/v1/units/(?P<code>[^/.]+)/$",
    "attainments/",
    "audit/",
    "audit/export/",
    "board/",
    "evidence/<int:pk>/",
    "healthz",
    "imports/<int:pk>/",
    "imports/<int:pk>/marked/",
    "jobs/<int:pk>/",
    "jobs/<int:pk>/file/",
    "api/v1/articles/$",
    "api/v1/laws/$",
    "api/v1/must-know/$",
    "api/v1/must-know/(?P<code>[^/.]+)/$",
    "api/v1/practice/(?P<pk>[^/.]+)/$",
    "api/v1/practice/(?P<pk>[^/.]+)/results/$",
    "api/v1/laws/(?P<code>[^/]+)/$",
    "laws/",
    "laws/<str:code>/",
    "laws/<str:code>/articles/<str:ref>/",
    "laws/<str:code>/compare/",
    "laws/<str:code>/versions/<str:label>/",
    "laws/<str:code>/versions/<str:label>/articles/<str:ref>/",
    "laws/search/",
    "me/",
    "must-know/",
    "people/",
    "practice/",
    "practice/<int:pk>/",
    "weak-articles/",
    "people/<int:pk>/",
    "people/<int:pk>/statement/",
    "reports/",
    "reports/<int:pk>/versions/<int:number>/<str:form>/",
    "reports/<str:code>/",
    "reports/<str:code>/draft/<str:form>/",
    "reports/summary/",
    "requirements/",
    "search/",
    "sessions/",
    "submissions/",
    "submissions/<int:pk>/",
    "system/accounts/",
    "transfers/",
}


@pytest.fixture
def cast():
    make_rule_set()
    district = make_district()
    town = make_unit(code="110115005", name="黄村镇人民政府", kind="town", parent=district)
    other = make_unit(code="110115007", name="西红门镇人民政府", kind="town", parent=district)
    open_year(2025)
    open_year(2026)
    make_requirement()
    requirement = make_requirement(year=2026)
    library.enter_metadata(title="中华人民共和国试验法", label="2020", now=at("2025-06-01"), gists={"1": "为何制定。"})
    people = {
        "learner": make_person(unit=other),
        "hr": make_person(unit=town, category=None),
        "sibling": make_person(unit=other, category=None),
        "district": make_person(unit=district, category=None),
        "auditor": make_person(unit=district, category=None),
        "sysadmin": make_person(unit=district, category=None),
        "secadmin": make_person(unit=district, category=None),
        "audadmin": make_person(unit=district, category=None),
    }
    places = {"hr": town, "sibling": other}
    for role, person in people.items():
        if role != "learner":
            make_role(person=person, unit=places.get(role, district), role="hr" if role == "sibling" else role)
    officer = make_person(unit=town, name="队员甲")
    line = HoursLine(
        person=officer, studied_on=at("2025-05-01").date(), category="LAW", mode="CLASS", title="t", stated=800, origin="x"
    )
    batch = registrations.register(
        unit=town,
        subject=Submission.Subject.HOURS,
        source="form",
        title="班",
        lines=[line],
        by=people["hr"],
        now=at("2025-06-01"),
    )
    run = ImportRun.objects.create(
        kind="roster", unit=town, name="a.csv", sha256="", state="applied", applied_at=at("2025-06-01"), created_by=people["hr"], created_at=at("2025-06-01"),
        outcome={"created": 0, "changed": 0, "unchanged": 0}, traces={"created": [], "changed": [], "requests": [], "units": []}, file=ContentFile("姓名,身份证号\n王一,\n".encode(), "a.csv"),
    )  # fmt: skip
    job = jobs.begin(kind="reports", title="报告", owner=people["hr"], now=at("2025-06-01"))
    jobs.run(job_id=job.pk, work=lambda progress: progress.keep_file(io.BytesIO(b"PK"), "报告.zip"))
    proof = evidence.attach(
        submission=batch, kind="notice", name="通知.pdf", content=b"%PDF-1.4", by=people["hr"], now=at("2025-06-01")
    )
    report = lifecycle.report_of(unit=town, period=Period(2025))
    lifecycle.submit(report=report, by=people["hr"], now=at("2026-01-10"), scan=b"%PDF-1.4", scan_name="报告.pdf")
    adjustment = adjustments.adjust(
        person=officer,
        year=2026,
        reason="LONG_SICK",
        hours=0,
        document="文",
        approver="批",
        by=people["hr"],
        now=at("2026-01-10"),
    )
    asked = moves.request_transfer(
        person=officer, to_unit=other, effective_on=at("2026-03-01").date(), by=people["sibling"], now=at("2026-01-10")
    )
    must_know.create(
        by=people["district"],
        now=at("2026-01-10"),
        code="all",
        laws="试验法",
        title="清单",
        document="文",
        valid_from=at("2026-01-01").date(),
    )
    item = Item.objects.create(code="T1", created_at=at("2026-01-10"))
    version = ItemVersion.objects.create(
        item=item, kind="true_false", stem="对吗？", body={"key": True}, created_at=at("2026-01-10")
    )
    begun = PracticeRun.objects.create(
        person=people["learner"], purpose="practice", title="练", total=100, started_at=at("2026-01-10"),
        layout=[{"version": version.pk, "marks": 100, "order": None}],
    )  # fmt: skip
    plan = sessions.plan(
        unit=town, kind="LECTURE", planned_on=at("2026-03-01").date(), title="讲座", by=people["hr"], now=at("2026-01-10")
    )
    sessions.hand_in(session=plan, name="材料.pdf", content=b"%PDF-1.4", by=people["hr"], now=at("2026-01-10"))
    law_report = law_reports.hand_in(
        unit=town, year=2026, kind="YEAR_END_LAW_REPORT", office="main_leader", reporter="镇长", form="written",
        reported_on=at("2026-01-09").date(), name="述法.pdf", content=b"%PDF-1.4 r", late=Late(), by=people["hr"], now=at("2026-01-10"),
    )  # fmt: skip
    return people, {
        "plan": plan.pk,
        "law_report": law_report.pk,
        "practice": begun.pk,
        "person": officer.pk,
        "batch": batch.pk,
        "run": run.pk,
        "job": job.pk,
        "requirement": requirement.pk,
        "proof": proof.pk,
        "report": report.pk,
        "adjustment": adjustment.pk,
        "transfer": asked.pk,
        "role": people["hr"].roles.get().pk,
        "sha256": "0" * 64,
    }


@pytest.mark.parametrize("position", range(len(ROLES)), ids=ROLES)
def test_every_address_answers_each_role_as_the_table_says(position, cast, client):
    people, keys = cast
    role = ROLES[position]
    if role != "nobody":
        client.force_login(people[role])

    answers = {address: client.get(address.format(**keys)).status_code for address, row in TABLE.items() if row[position]}

    assert answers == {address: row[position] for address, row in TABLE.items() if row[position]}


@pytest.mark.parametrize("position", range(len(ROLES)), ids=ROLES)
def test_every_act_answers_each_role_as_the_table_says(position, cast, client):
    people, keys = cast
    answers = {}
    for address in ACTS:
        with transaction.atomic():  # each act is tried on the same state, by somebody who has just signed in
            if ROLES[position] != "nobody":
                client.force_login(people[ROLES[position]])
            answers[address] = client.post(address.format(**keys)).status_code
            transaction.set_rollback(True)

    assert answers == {address: row[position] for address, row in ACTS.items()}


def _routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def test_the_tables_name_every_address(cast):
    _people, keys = cast
    read = {get_resolver().resolve(address.format(**keys).split("?")[0]).route for address in TABLE}
    acted = {get_resolver().resolve(address.format(**keys).split("?")[0]).route for address in ACTS}
    routes = set(_routes(get_resolver().url_patterns))

    assert (routes - read, routes - acted - READ_ONLY) == (set(), set())


def test_an_outsider_s_acts_change_nothing(cast, client):
    people, keys = cast
    client.force_login(people["sibling"])

    for address in (
        "/submissions/{batch}/certify/",
        "/submissions/{batch}/submit/",
        "/reports/110115005/submit/?year=2025",
        "/imports/{run}/apply/",
        "/imports/{run}/undo/",
        "/imports/{run}/codes/",
    ):
        assert client.post(address.format(**keys)).status_code == 404
    assert client.post("/reports/all/?year=2025").status_code == 404
    client.force_login(people["auditor"])
    assert client.post("/submissions/{batch}/evidence/".format(**keys)).status_code == 403
    assert client.post("/submissions/{batch}/submit/".format(**keys)).status_code == 404
    assert Submission.objects.get(pk=keys["batch"]).state == "draft"
