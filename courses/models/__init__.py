"""Tables of study: the catalogue and what a person watched of it, classes and who attended them."""

from .attendance import (
    Attendance,
    CalendarKey,
    Enrolment,
    EnrolmentState,
    Evaluation,
    EvaluationGiven,
    LeaveRequest,
    LeaveState,
)
from .bodies import LawReport, PlannedSession, SessionState, SessionStep
from .catalogue import Course, CourseAssignment, CourseItem, CourseState, Lesson, LessonKind
from .offerings import EMERGENCY_LAW, Lecturer, Offering, OfferingMaterial, OfferingQuestion, OfferingState, Room, TimetableItem
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
    "EMERGENCY_LAW",
    "Attendance",
    "CalendarKey",
    "Course",
    "CourseAssignment",
    "CourseCompletion",
    "CourseItem",
    "CourseState",
    "Enrolment",
    "EnrolmentState",
    "Evaluation",
    "EvaluationGiven",
    "LawReport",
    "LeaveRequest",
    "LeaveState",
    "Lecturer",
    "Lesson",
    "LessonKind",
    "LessonProgress",
    "Offering",
    "OfferingMaterial",
    "OfferingQuestion",
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
