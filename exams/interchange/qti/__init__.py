"""QTI of the 1EdTech consortium: 1.2, 2.0 to 2.2 and 3.0; items, tests and packages, read, written and scored.

vocabulary    one set of names for 2.x and 3.0, and XML read with distrust
values        what a variable holds; exact numbers
declarations  the variables an item or a test declares, with their mappings and tables
expressions   the operators of the processing language
processing    response processing of items, outcome processing of tests
packages      zip packages with their manifest
bodies        the body of an item as HTML
interactions  what our kinds of question hold of it
credit        the policy that gives the marks the processing gives
reader        a file -> drafts; legacy: the same for 1.2
writer        our items -> items and packages
"""

from .reader import read
from .writer import write

__all__ = ["read", "write"]
