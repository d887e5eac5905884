"""What has to be done before a part opens."""

import pytest

from courses.scorm import prerequisites

STATUSES = {"A": "passed", "B": "completed", "C": "failed", "D": "incomplete"}


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("", True),
        ("A", True),
        ("B", True),
        ("C", False),
        ("D", False),
        ("unheard", False),
        ("A & B", True),
        ("A&C", False),
        ("C|B", True),
        ("~C", True),
        ("A & ~(C | D)", True),
        ('A="passed"', True),
        ("B=passed", False),
        ("C=f", True),
        ("C<>failed", False),
        ("unheard=n", True),
        ("2*{A, B, C}", True),
        ("3*{A,B,C}", False),
        ("A | C & D", True),
    ],
)
def test_prerequisites(text, met):
    assert prerequisites.are_met(text, STATUSES) is met


@pytest.mark.parametrize("text", ["A &", "(A", "A B", "&", "2*{A", "A=", '"', "(" * 50 + "A" + ")" * 50])
def test_what_is_not_understood_is_said(text):
    with pytest.raises(prerequisites.Malformed):
        prerequisites.names_in(text)


def test_every_name_is_met_whatever_the_answer():
    assert prerequisites.names_in("A | (B & C) | 2*{D,E=passed}") == {"A", "B", "C", "D", "E"}


def test_people_read_titles():
    words = prerequisites.in_words('A & ~(B="passed") | 1*{A,C}', {"A": "总则", "B": "罚则"})

    assert words == "总则 & ~ ( 罚则 = passed ) | 1 * { 总则 , C }"
