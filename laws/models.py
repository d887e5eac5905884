"""Legal documents and the provisions that requirements rest on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LegalDocument(models.Model):
    """A law, a regulation or an official document that obliges somebody."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    number = models.CharField(_("document number"), max_length=100, blank=True)
    issuer = models.CharField(_("issuer"), max_length=200, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    expires_on = models.DateField(_("in force until"), null=True, blank=True)

    class Meta:
        verbose_name = _("legal document")
        verbose_name_plural = _("legal documents")
        ordering = ["code"]

    def __str__(self):
        return f"{self.title}（{self.number}）" if self.number else self.title


class Provision(models.Model):
    """One article or item of a document, with the words that oblige."""

    document = models.ForeignKey(LegalDocument, models.PROTECT, related_name="provisions", verbose_name=_("document"))
    item = models.CharField(_("item"), max_length=20)
    clause = models.CharField(_("clause"), max_length=20, blank=True)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        ordering = ["document", "pk"]
        constraints = [models.UniqueConstraint(fields=["document", "item", "clause"], name="one_provision_per_item_and_clause")]

    def __str__(self):
        return f"{self.document} {self.item}{self.clause}"
