"""`python -m generators generate` as a Python task of a Databricks job.

Such a task runs a file, from anywhere: the first argument is the folder of the project, the others
are those of the command.
"""

import sys

sys.path.insert(0, sys.argv[1])

from generators.cli import main

if code := main(["generate", *sys.argv[2:]]):
    sys.exit(code)  # only after a failure: Databricks takes any exit for one
