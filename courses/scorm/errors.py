"""How a package is refused."""

from django.utils.translation import gettext_lazy as _

from training.errors import BadInput, DomainError


class PackageRefused(BadInput):
    """A package that cannot be taken. Nothing of it was kept."""

    code = "package_refused"
    message = _("The package was not accepted.")


class ManifestUnreadable(PackageRefused):
    code = "manifest_unreadable"
    message = _("imsmanifest.xml cannot be read.")


class SequencingUnsupported(PackageRefused):
    """The package decides by rules which part comes next, and this platform does not carry those rules out."""

    code = "sequencing_unsupported"


class ReportRefused(BadInput):
    """What a running package reported breaks the standard it names."""

    code = "report_refused"


class OpenedElsewhere(DomainError):
    code = "opened_elsewhere"
    message = _("This part was opened again in another window; this one no longer reports.")
