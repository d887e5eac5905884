"""Tables of study: the catalogue and what a person watched of it, classes and who attended them."""

from .attendance import Attendance, Enrolment, EnrolmentState, LeaveRequest, LeaveState
from .bodies import LawReport, PlannedSession, SessionState, SessionStep
from .catalogue import Course, CourseAssignment, CourseItem, CourseState, Lesson, LessonKind
from .offerings import Lecturer, Offering, OfferingMaterial, OfferingState, Room, TimetableItem
from .progress import (
    CourseCompletion,
    LessonProgress,
    Player,
    PresenceCheck,
    StudyStretch,
    Suspicion,
    SuspicionOutcome,
)
from .scorm import ScormPackage, ScormState, ScormStatus, ScormUnit

__all__ = [
    "Attendance",
    "Course",
    "CourseAssignment",
    "CourseCompletion",
    "CourseItem",
    "CourseState",
    "Enrolment",
    "EnrolmentState",
    "LawReport",
    "LeaveRequest",
    "LeaveState",
    "Lecturer",
    "Lesson",
    "LessonKind",
    "LessonProgress",
    "Offering",
    "OfferingMaterial",
    "OfferingState",
    "PlannedSession",
    "Player",
    "PresenceCheck",
    "Room",
    "ScormPackage",
    "ScormState",
    "ScormStatus",
    "ScormUnit",
    "SessionState",
    "SessionStep",
    "StudyStretch",
    "Suspicion",
    "SuspicionOutcome",
    "TimetableItem",
]
