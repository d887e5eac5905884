"""What background work made for its owner has an end; everything else stays."""

import io
import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from tests.factories import at, make_person
from training import jobs
from training.models import Job

pytestmark = pytest.mark.django_db
NOW = at("2026-02-20 10:00")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT, settings.KEEP_EXPORTS_DAYS = str(tmp_path), 7
    return tmp_path


def made(*, days: float, name="files.zip", now=NOW) -> Job:
    """A job that ended so many days before `now`, with its file of that day."""
    then = now - timedelta(days=days)
    job = jobs.begin(kind="reports", title="文件", owner=make_person(), now=then)
    jobs.run(job_id=job.pk, work=lambda progress: progress.keep_file(io.BytesIO(b"PK"), name))
    Job.objects.filter(pk=job.pk).update(finished_at=then)
    job.refresh_from_db()
    aged(job.file.path, then)
    return job


def aged(path, then):
    os.utime(path, (then.timestamp(), then.timestamp()))


def test_a_row_lets_go_of_its_file_first_and_the_file_goes_a_day_later():
    fresh, letting_go, old = made(days=6.9), made(days=7.5), made(days=8.1)

    removed = jobs.expire_files(now=NOW)

    assert removed == 1
    named = {job.pk: Job.objects.get(pk=job.pk).file.name for job in (fresh, letting_go, old)}
    assert named == {fresh.pk: fresh.file.name, letting_go.pk: "", old.pk: ""}
    there = [default_storage.exists(job.file.name) for job in (fresh, letting_go, old)]
    assert there == [True, True, False]
    assert jobs.expire_files(now=NOW) == 0


def test_a_file_that_is_still_named_or_lies_elsewhere_stays(media):
    job = made(days=1)
    aged(job.file.path, NOW - timedelta(days=400))  # as a copied disk may have it
    evidence = default_storage.save("evidence/2025/01/通知.pdf", ContentFile(b"%PDF-1.4"))
    orphan = default_storage.save("exports/2025/01/broken.zip", ContentFile(b"PK"))
    for name in (evidence, orphan):
        aged(media / name, NOW - timedelta(days=400))

    jobs.expire_files(now=NOW)

    assert [default_storage.exists(name) for name in (job.file.name, evidence, orphan)] == [True, True, False]


def test_the_owner_reads_that_the_file_is_gone(client):
    job = made(days=30, name="全区.zip", now=timezone.now())
    call_command("expire_files", stdout=io.StringIO())
    client.force_login(job.owner)

    page = client.get(reverse("training:job", args=[job.pk])).content.decode()

    assert "全区.zip 已过保存期限并删除，需要时可重新生成。" in page
    assert client.get(reverse("training:job_file", args=[job.pk])).status_code == 404
