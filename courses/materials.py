"""What is handed out in a class: files checked by their content, kept outside the web root, for those who may see the class."""

import hashlib
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction

from courses.models import Offering, OfferingMaterial
from training import access, audit, evidence


@transaction.atomic
def hand_out(*, offering: Offering, name: str, content: bytes, by, now: datetime) -> OfferingMaterial:
    """Keep a file with the class; the same content again is the same material. Raises BadInput for what is no document."""
    access.require(by, "run_classes", offering.unit)
    media_type, suffix = evidence.accepted(content)
    digest = hashlib.sha256(content).hexdigest()
    found = offering.materials.filter(sha256=digest).first()
    if found is not None:
        return found
    material = OfferingMaterial(
        offering=offering,
        name=evidence.plain_name(name, suffix),
        media_type=media_type,
        sha256=digest,
        uploaded_by=by,
        uploaded_at=now,
    )
    material.file.save(f"{digest[:32]}{suffix}", ContentFile(content), save=False)
    material.save()
    facts = {"name": material.name}
    audit.record(actor=by, act="hand_out", subject=f"offering:{offering.pk}", unit=offering.unit, now=now, facts=facts)
    return material
