#!/usr/bin/env python3
"""Holds a page of docs/ against the compiler and the programs it shows.

Usage: guide_test.py extract GUIDE FOLDER        writes every program as FOLDER/NAME.cpp
       guide_test.py names GUIDE NAME...         status 1 unless these are all its programs
       guide_test.py run GUIDE NAME PROGRAM      status 1 unless PROGRAM prints what the guide shows
       guide_test.py lines GUIDE NAME MOST       status 1 unless its `int main` has fewer lines than MOST
       guide_test.py instructions MOST PROGRAM     status 1 unless its `main` executes fewer instructions, as valgrind counts them, than MOST
       guide_test.py shown PAGE OTHER...            status 1 unless every name in the second column of PAGE's tables stands in one of OTHER
       guide_test.py errors GUIDE COMPILER...    status 1 unless every mistake gives the sentence shown

A program is a C++ block that begins with `// NAME: what it does`, or with `// NAME, classes of OTHER: what it does` when all of OTHER that
stands before its `int main` belongs to it too; its output follows in a block `output`. A mistake begins with `// does not compile: NAME`; a
part of the compiler's message follows in a block `error`. A block `session` shows more runs of programs, each as `$ VARIABLE=VALUE ./NAME`
or `$ ./NAME ARGUMENT...` and what that prints; `run` does them too. It may stand in the place of a program's output. A TOML block that begins
with `# NAME: what it says` is there as NAME.toml.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```cpp\n// ([a-z_ ]+)(?:, classes of ([a-z_]+))?: ([^\n]*)\n(.*?)^```\n```(output|error|session)\n(.*?)^```",
                   re.DOTALL | re.MULTILINE)
SESSION = re.compile(r"^```session\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (?:(\w+)=(\w+) )?\./(\w+)((?: [\w.-]+)*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
TOPOLOGY = re.compile(r"^```toml\n(# (\w+): .*?)^```", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"[A-Za-z_]{3,}")
MISTAKE = "does not compile"
LOG_LINE = re.compile(r"\[[0-9 :.-]+\] \[[a-z]+\] .*\n")  # Another thread's may stand in the middle of a line.


def read(guide):
    """Programs as {name: (source, output, or None where a session is shown)}, mistakes as {name: (source, sentence)}."""
    programs, mistakes = {}, {}
    for kind, other, title, source, block, shown in BLOCK.findall(pathlib.Path(guide).read_text()):
        if kind == MISTAKE:
            mistakes[title] = (source, shown.strip())
        else:
            classes = programs[other][0].partition("\nint main(")[0] + "\n" if other else ""
            programs[kind] = (classes + source, shown if block == "output" else None)
    if not programs:
        sys.exit(f"{guide}: no programs found")
    return programs, mistakes


def extract(guide, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, (source, _) in read(guide)[0].items():
        (folder / f"{name}.cpp").write_text(source)


def names(guide, *expected):
    found = sorted(read(guide)[0])
    if found != sorted(expected):
        sys.exit(f"the guide has the programs {found}, the build runs {sorted(expected)}")


def sessions(guide, name):
    """(environment, arguments, output) of each further run of a program."""
    for session in SESSION.findall(pathlib.Path(guide).read_text()):
        for variable, value, program, arguments, shown in COMMAND.findall(session):
            if program == name:
                yield {variable: value} if variable else {}, arguments.split(), shown


def run(guide, name, program):
    shown = read(guide)[0][name][1]
    runs = [*([] if shown is None else [({}, [], shown)]), *sessions(guide, name)]
    if not runs:
        sys.exit(f"{guide}: no run of {name} is shown")
    with tempfile.TemporaryDirectory() as folder:
        for text, topology in TOPOLOGY.findall(pathlib.Path(guide).read_text()):
            (pathlib.Path(folder) / f"{topology}.toml").write_text(text)
        for environment, arguments, shown in runs:
            printed = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, check=True, timeout=50, cwd=folder,
                                     env={**os.environ, **environment}).stdout
            printed = re.sub(LOG_LINE, "", printed)
            if printed != shown:
                sys.exit(f"{name} {environment or ''} {' '.join(arguments)} printed\n{printed}and the page shows\n{shown}")


def lines(guide, name, most):
    test = read(guide)[0][name][0].partition("\nint main()")[2]
    count = test.count("\n")
    if not 0 < count < int(most):
        sys.exit(f"the test in {name} has {count} lines, and fewer than {most} are promised")


def instructions(most, program):
    with tempfile.TemporaryDirectory() as folder:
        counted = pathlib.Path(folder) / "counted"
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={counted}", "--toggle-collect=main", program],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=50, cwd=folder)
        if done.returncode != 0:
            sys.exit(f"{program} under valgrind ended with {done.returncode}\n{done.stderr}")
        count = sum(int(total) for total in re.findall(r"^totals: (\d+)$", counted.read_text(), re.MULTILINE))
    print(f"{count} instructions")
    if not 0 < count < int(most):
        sys.exit(f"the test executes {count} instructions, and fewer than {most} are promised")


def shown(page, *others):
    """Names are the words in code of the second column; some are only placeholders, and stand in the other pages all the same."""
    known = set()
    for other in others:
        known.update(NAME.findall(pathlib.Path(other).read_text()))
    missing = []
    for number, line in enumerate(pathlib.Path(page).read_text().splitlines(), 1):
        cells = line.split(" | ")
        if not line.startswith("| ") or len(cells) < 3:
            continue
        names_here = {name for code in re.findall(r"`([^`]+)`", cells[1]) for name in NAME.findall(code)}
        missing += [f"{page}:{number}: {name} is shown nowhere" for name in sorted(names_here - known)]
    if missing:
        sys.exit("\n".join(missing))


def errors(guide, *compiler):
    wrong = []
    mistakes = read(guide)[1]
    if not mistakes:
        sys.exit(f"{guide}: no mistakes found")
    for name, (source, sentence) in mistakes.items():
        done = subprocess.run([*compiler, "-fsyntax-only", "-x", "c++", "-"], input=source, text=True, stderr=subprocess.PIPE)
        if done.returncode == 0:
            wrong.append(f"{name} compiles")
        elif sentence not in done.stderr:
            wrong.append(f"{name}: the guide shows\n  {sentence}\nthe compiler says\n{done.stderr}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    {"extract": extract, "names": names, "run": run, "lines": lines, "instructions": instructions, "shown": shown, "errors": errors}[sys.argv[1]](*sys.argv[2:])
