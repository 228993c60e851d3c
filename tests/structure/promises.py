"""Every promise of docs/semantics.md is held by a test and broken by a planted fault, which breaks nothing else.

A promise is an id in bold, as **D1**. A test names what it holds in a line directly above it:
    // Promises: D1, D4
    TEST(Mailbox, KeepsTheOrderOfEachSender) {
"""

import re

SEMANTICS = "docs/semantics.md"
PLANTED = "tests/planted/"
PATCH_HEADERS = ("Promise", "Breaks", "Caught-by")


def promised(repository):
    """The ids in docs/semantics.md."""
    return set(re.findall(r"\*\*([A-Z]\d+)\*\*", repository.text(SEMANTICS)))


def named_by_tests(repository):
    """{id: first place that names it} of all tests, and findings about lines above no test."""
    named, findings = {}, []
    for path in repository.paths:
        if not path.endswith(("_test.cpp", "_test.py")):
            continue
        lines = repository.text(path).splitlines()
        for number, line in enumerate(lines, 1):
            match = re.match(r"\s*(?://|#) Promises: (.+)$", line)
            if not match:
                continue
            below = next((text.strip() for text in lines[number:] if not re.match(r"\s*(?://|#)", text)), "")
            if not re.match(r"(?:TYPED_)?TEST|def test", below):
                findings.append(f"{path}:{number}: a 'Promises:' line that stands above no test")
            for name in re.findall(r"[A-Z]\d+", match.group(1)):
                named.setdefault(name, f"{path}:{number}")
    return named, findings


def check_tests(repository):
    """A finding for each promise that no test names, and each named promise that does not exist."""
    promises = promised(repository)
    if not promises:
        return [f"{SEMANTICS}: is missing or promises nothing; a promise is an id in bold, as **D1**"]
    named, findings = named_by_tests(repository)
    for name in sorted(promises - named.keys()):
        findings.append(f"{SEMANTICS}: no test names {name}; write '// Promises: {name}' above the test that holds it")
    for name in sorted(named.keys() - promises):
        findings.append(f"{named[name]}: names {name}, which {SEMANTICS} does not promise")
    return findings


def planted(repository):
    """Path and header, as {key: value}, of each planted fault."""
    for path in repository.paths:
        if path.startswith(PLANTED) and path.endswith(".patch"):
            header = repository.text(path).split("\ndiff --git ", 1)[0]
            yield path, dict(re.findall(r"^([\w-]+): *(\S.*)$", header, re.MULTILINE))


def check_breakable(repository):
    """A finding for each promise that no planted fault breaks."""
    broken = {name for _, values in planted(repository) for name in re.findall(r"[A-Z]\d+", values.get("Promise", ""))}
    return [f"{SEMANTICS}: no fault in {PLANTED} breaks {name}; plant one" for name in sorted(promised(repository) - broken)]


def check_planted(repository):
    """A finding for each planted fault whose header is incomplete or names no promise."""
    promises, findings = promised(repository), []
    for path, values in planted(repository):
        for key in PATCH_HEADERS:
            if key not in values:
                findings.append(f"{path}: its header has no line '{key}: ...'")
        for name in re.findall(r"[A-Z]\d+", values.get("Promise", "")):
            if name not in promises:
                findings.append(f"{path}: breaks {name}, which {SEMANTICS} does not promise")
        findings += [f"{path}: does not fit {target} any more" for target in unfitting(repository, repository.text(path))]
    return findings


def unfitting(repository, patch):
    """The files in which the text that a hunk of the patch wants to change is not found."""
    for part in re.split(r"^diff --git ", patch, flags=re.MULTILINE)[1:]:
        target = re.search(r"^--- a/(.+)$", part, re.MULTILINE)
        text = "\n" + repository.text(target[1]) if target and target[1] in repository.paths else ""
        for hunk in re.split(r"^@@ .*\n", part, flags=re.MULTILINE)[1:]:
            before = "\n".join(line[1:] for line in hunk.rstrip("\n").split("\n") if not line.startswith(("+", "\\")))
            if "\n" + before + "\n" not in text:
                yield target[1] if target else "any file"
                break
