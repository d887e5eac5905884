"""A law with a bank that somebody else approved, and a learner."""

import pytest

from tests.exams.bank import make_approved, make_law
from tests.factories import make_district, make_person, make_role


@pytest.fixture
def law(db):
    return make_law()


@pytest.fixture
def staff(law):
    district = make_district()
    found = {}
    for role in ("author", "reviewer"):
        found[role] = make_person(name=role)
        make_role(person=found[role], unit=district, role=role)
    return found


@pytest.fixture
def make(staff):
    """An approved question, open for practice unless told."""

    def one(content=None, **facts):
        if content is not None:
            facts["content"] = content
        return make_approved(staff["author"], staff["reviewer"], **facts)

    return one


@pytest.fixture
def learner(db):
    return make_person(name="学员")
