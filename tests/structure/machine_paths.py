"""Nothing in the repository depends on where one machine keeps it."""

import re

# The brackets keep these patterns from finding themselves.
MACHINE_PATH = re.compile(r"(?:^|[^\w.])(/(?:wor[k]|far[m]|hom[e]/[a-z]\w*|User[s]/\w+)/)|(\.\./shared/desig[n])")


def check(repository):
    """A finding for each line that names a folder of one machine, the checkout's own included."""
    own = f"{repository.root.as_posix()}/"
    findings = []
    for path in repository.paths:
        for number, line in enumerate(repository.text(path).splitlines(), 1):
            match = MACHINE_PATH.search(line)
            if match or (own.count("/") > 2 and own in line):
                findings.append(f"{path}:{number}: the path of one machine: {line.strip()[:100]}")
    return findings
