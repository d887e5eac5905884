"""Hours, shares and instants in words, exact: no floating point."""

from django.utils import timezone


def hours_text(hundredths) -> str:
    """5750 -> 57.50; None -> a dash."""
    if hundredths is None or hundredths == "":
        return "—"
    sign, value = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    return f"{sign}{value // 100}.{value % 100:02d}"


def percent_text(part, base) -> str:
    """A share of one decimal, half up, by integer arithmetic; nothing to divide by is a dash."""
    if part is None or not base:
        return "—"
    tenths = (part * 2000 + base) // (2 * base)
    return f"{tenths // 10}.{tenths % 10}%"


def minute_text(instant) -> str:
    """An instant on the district's clock, to the minute; none is nothing."""
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M}" if instant else ""
