from datetime import UTC

from django.db import migrations, models

from training import crypto, guards


def forwards(apps, schema_editor):
    """Decisions taken so far become a chain, and every chain's end gets its seal."""
    guards.remove()  # `setup` puts them back
    LedgerHead, AuditHead, Decision = (apps.get_model("training", name) for name in ("LedgerHead", "AuditHead", "Decision"))
    sequence, link = 0, ""
    for d in Decision.objects.order_by("at", "pk").iterator():
        sequence += 1
        values = (sequence, d.submission_id, d.act, d.by_id, _instant(d.at), d.reason, d.lines)
        link = crypto.link(link, "\x1f".join("" if v is None else str(v) for v in values))
        Decision.objects.filter(pk=d.pk).update(sequence=sequence, link=link)
    if sequence:
        LedgerHead.objects.update_or_create(ledger="decision", defaults={"sequence": sequence, "link": link})
    for head in LedgerHead.objects.all():
        head.seal = crypto.seal_of_head(head.ledger, head.sequence, head.link)
        head.save(update_fields=["seal"])
    for head in AuditHead.objects.all():
        head.seal = crypto.seal_of_head("audit", head.sequence, head.link)
        head.save(update_fields=["seal"])


def _instant(value):
    return value.astimezone(UTC).isoformat()


class Migration(migrations.Migration):
    dependencies = [("training", "0002_long_work")]

    operations = [
        migrations.AddField(
            "ledgerhead",
            "seal",
            models.CharField(
                default="", help_text="keyed: whoever cuts the chain short cannot move the head back", max_length=64
            ),
        ),
        migrations.AddField("audithead", "seal", models.CharField(default="", max_length=64)),
        migrations.AddField("decision", "sequence", models.PositiveBigIntegerField(null=True, editable=False)),
        migrations.AddField("decision", "link", models.CharField(default="", max_length=64, editable=False)),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
