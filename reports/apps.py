from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("reports")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from reports.lifecycle import first_altered_version
        from training import proofs

        proofs.also(first_altered_version)
