"""Files and functions stay small enough to be read whole."""

import ast
import re

from cpp_scanner import functions as cpp_functions

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
EXCEPTIONS = "tests/structure/exceptions.txt"


def read_exceptions(repository):
    """{`path` or `path:function`: reason} of the exceptions file, and findings about lines that are wrong."""
    exceptions, findings = {}, []
    for number, line in enumerate(repository.text(EXCEPTIONS).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, reason = line.partition(" ")
        if not reason.strip():
            findings.append(f"{EXCEPTIONS}:{number}: '{name}' gives no reason")
        elif name.split(":")[0] not in repository.paths:
            findings.append(f"{EXCEPTIONS}:{number}: '{name}' names a file that does not exist")
        exceptions[name] = reason.strip()
    return exceptions, findings


def python_functions(text):
    """(name, first line, last line) of each function of a Python file."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno


def shell_functions(text):
    """(name, first line, last line) of each `name() {` whose closing brace stands in the first column."""
    name, first = None, 0
    for number, line in enumerate(text.splitlines(), 1):
        opening = re.match(r"(?:function\s+)?([\w-]+)\s*\(\)\s*\{\s*$", line)
        if opening:
            name, first = opening.group(1), number
        elif line == "}" and name:
            yield name, first, number
            name = None


FUNCTIONS_OF = {"cpp": cpp_functions, "python": python_functions, "shell": shell_functions}


def check_files(repository):
    """A finding for each file of code above FILE_LINES_MAX lines, and each exception nobody needs."""
    exceptions, findings = read_exceptions(repository)
    needed = set()
    for path in repository.paths:
        lines = len(repository.text(path).splitlines()) if repository.language(path) else 0
        if lines > FILE_LINES_MAX:
            needed.add(path)
            if path not in exceptions:
                findings.append(f"{path}: {lines} lines, at most {FILE_LINES_MAX}: is there a second concept in it?")
    for name in exceptions:
        if ":" not in name and name not in needed:
            findings.append(f"{EXCEPTIONS}: '{name}' is small enough now; remove its line")
    return findings


def check_functions(repository):
    """A finding for each function above FUNCTION_LINES_MAX lines, and each exception nobody needs."""
    exceptions, _ = read_exceptions(repository)
    findings, needed = [], set()
    for path in repository.paths:
        language = repository.language(path)
        if not language:
            continue
        try:
            found = list(FUNCTIONS_OF[language](repository.text(path)))
        except (ValueError, SyntaxError) as error:
            findings.append(f"{path}: cannot tell its functions apart: {error}")
            continue
        for name, first, last in found:
            lines = last - first + 1
            if lines > FUNCTION_LINES_MAX:
                needed.add(f"{path}:{name}")
                if f"{path}:{name}" not in exceptions:
                    findings.append(f"{path}:{first}: {name} has {lines} lines, at most {FUNCTION_LINES_MAX}")
    for name in exceptions:
        if ":" in name and name not in needed:
            findings.append(f"{EXCEPTIONS}: '{name}' is small enough now; remove its line")
    return findings
