from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from training import guards


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = _("exams")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        guards.protect("exams_itemdecision")
        guards.protect("exams_itemversion", may_change=("signature", "stem_text"), once="OLD.used_at IS NOT NULL")
