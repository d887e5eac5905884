"""The ground floor's tables, by noun."""

from training.roles import RoleName

from .audit import AuditEvent, AuditHead
from .claims import AttainmentLine, Decision, Evidence, HoursLine, LineState, SessionLine, Submission, SubmissionState
from .imports import ImportRun, Job
from .ledger import (
    Arrangement,
    Attainment,
    AttainmentKind,
    Category,
    CountedSession,
    HourRuleSet,
    LedgerHead,
    Mode,
    PeriodLock,
    SessionKind,
    SessionRule,
    StudyRecord,
    YearTotal,
)
from .people import CategoryHolding, Person, Posting, Role, StaffCategory, TransferRequest
from .requirements import (
    Adjustment,
    AdjustmentOutcome,
    AdjustmentReason,
    AdjustmentState,
    BodyPlan,
    Measure,
    Requirement,
    YearOpening,
)
from .units import Unit, UnitKind

__all__ = [
    "Adjustment",
    "AdjustmentOutcome",
    "AdjustmentReason",
    "AdjustmentState",
    "Arrangement",
    "Attainment",
    "AttainmentKind",
    "AttainmentLine",
    "AuditEvent",
    "AuditHead",
    "BodyPlan",
    "Category",
    "CategoryHolding",
    "CountedSession",
    "Decision",
    "Evidence",
    "HourRuleSet",
    "HoursLine",
    "ImportRun",
    "Job",
    "LedgerHead",
    "LineState",
    "Measure",
    "Mode",
    "PeriodLock",
    "Person",
    "Posting",
    "Requirement",
    "Role",
    "RoleName",
    "SessionKind",
    "SessionLine",
    "SessionRule",
    "StaffCategory",
    "StudyRecord",
    "Submission",
    "SubmissionState",
    "TransferRequest",
    "Unit",
    "UnitKind",
    "YearOpening",
    "YearTotal",
]
