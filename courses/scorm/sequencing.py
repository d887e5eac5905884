"""Which part comes when, as far as it is carried out here: a free menu, or one part after the other.

Every other rule of SCORM 2004 sequencing is refused by name, since leaving it out would show something the author did not mean.
Rules that only speak about several parts are no obstacle to a package with a single one.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from .errors import SequencingUnsupported
from .manifest import Activity, Manifest, attribute, child_of, name_of

_RULES = ("preConditionRule", "postConditionRule", "exitConditionRule")


def is_in_order(manifest: Manifest) -> bool:
    """Whether parts open one after the other only: a cluster with several children that offers flow and no choice."""
    organisation = manifest.organisation
    clusters = [(organisation.children, organisation.sequencing)]
    clusters += [(activity.children, activity.sequencing) for activity, _trail in organisation.walk()]
    return any(len(children) > 1 and not _flag(_control(sequencing), "choice", True) for children, sequencing in clusters)


def refuse_unsupported(manifest: Manifest) -> None:
    """Raises SequencingUnsupported naming the rules and where they stand."""
    found = list(dict.fromkeys(_unsupported(manifest)))
    if found:
        rules = _("; ").join(found[:5])
        raise SequencingUnsupported(
            _("The package directs its parts by rules that are not carried out here: %(rules)s (%(count)d in all)."),
            rules=rules,
            count=len(found),
        )


def _unsupported(manifest: Manifest) -> Iterator[str]:
    organisation = manifest.organisation
    alone = len(organisation.delivered()) == 1
    yield from _of_node(organisation.title, organisation.sequencing, organisation.children, alone)
    for activity, _trail in organisation.walk():
        yield from _of_node(activity.title, activity.sequencing, activity.children, alone)


def _of_node(title: str, sequencing: Element | None, children: tuple[Activity, ...], alone: bool) -> Iterator[str]:
    if sequencing is None:
        return

    def rule(name: str, detail: str = "") -> str:
        return _("%(rule)s at “%(title)s”") % {"rule": f"{name} {detail}".strip(), "title": title[:60]}

    for element in sequencing.iter():
        name = name_of(element)
        if name in _RULES:
            action = next((attribute(one, "action") for one in element.iter() if name_of(one) == "ruleAction"), "")
            yield rule(name, action)
        elif name == "limitConditions" and attribute(element, "attemptLimit"):
            yield rule("attemptLimit", attribute(element, "attemptLimit"))
        elif name == "constrainedChoiceConsiderations" and not alone:
            yield from (rule(flag) for flag in ("preventActivation", "constrainChoice") if _flag(element, flag, False))
        elif name == "randomizationControls" and not alone:
            for timing in ("randomizationTiming", "selectionTiming"):
                if attribute(element, timing) not in ("", "never"):
                    yield rule(timing, attribute(element, timing))
        elif name == "rollupRule" and not alone:
            action = next((attribute(one, "action") for one in element.iter() if name_of(one) == "rollupAction"), "")
            yield rule("rollupRule", action)
        elif name == "rollupRules" and not alone:
            for flag in ("rollupObjectiveSatisfied", "rollupProgressCompletion"):
                if not _flag(element, flag, True):
                    yield rule(flag, "false")
        elif name == "mapInfo" and not alone:
            yield rule("mapInfo", attribute(element, "targetObjectiveID"))
    control = _control(sequencing)
    if control is None or len(children) < 2:
        return
    if _flag(control, "forwardOnly", False):
        yield rule("forwardOnly")
    if not _flag(control, "choiceExit", True):
        yield rule("choiceExit", "false")
    if not _flag(control, "choice", True) and not _flag(control, "flow", False):
        yield rule("choice false, flow false")


def _control(sequencing: Element | None) -> Element | None:
    return child_of(sequencing, "controlMode") if sequencing is not None else None


def _flag(element: Element | None, name: str, default: bool) -> bool:
    value = attribute(element, name).lower() if element is not None else ""
    return value in ("true", "1") if value else default
