#!/usr/bin/env python3
"""Holds docs/guide.md against the compiler and the programs it shows.

Usage: guide_test.py extract GUIDE FOLDER        writes every program as FOLDER/NAME.cpp
       guide_test.py names GUIDE NAME...         status 1 unless these are all its programs
       guide_test.py run GUIDE NAME PROGRAM      status 1 unless PROGRAM prints what the guide shows
       guide_test.py errors GUIDE COMPILER...    status 1 unless every mistake gives the sentence shown

A program is a C++ block that begins with `// NAME: what it does`; its output follows in a block `output`. A mistake begins with
`// does not compile: NAME`; a part of the compiler's message follows in a block `error`.
"""
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```cpp\n// ([a-z_ ]+): ([^\n]*)\n(.*?)^```\n```(output|error)\n(.*?)^```", re.DOTALL | re.MULTILINE)
MISTAKE = "does not compile"
LOG_LINE = re.compile(r"^\[[0-9 :.-]+\] \[[a-z]+\] .*\n", re.MULTILINE)


def read(guide):
    """Programs as {name: (source, output)}, mistakes as {name: (source, sentence)}."""
    programs, mistakes = {}, {}
    for kind, title, source, _, shown in BLOCK.findall(pathlib.Path(guide).read_text()):
        if kind == MISTAKE:
            mistakes[title] = (source, shown.strip())
        else:
            programs[kind] = (source, shown)
    if not programs or not mistakes:
        sys.exit(f"{guide}: no programs or no mistakes found")
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


def run(guide, name, program):
    shown = read(guide)[0][name][1]
    printed = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True, timeout=50).stdout
    printed = re.sub(LOG_LINE, "", printed)
    if printed != shown:
        sys.exit(f"{name} printed\n{printed}and the guide shows\n{shown}")


def errors(guide, *compiler):
    wrong = []
    for name, (source, sentence) in read(guide)[1].items():
        done = subprocess.run([*compiler, "-fsyntax-only", "-x", "c++", "-"], input=source, text=True, stderr=subprocess.PIPE)
        if done.returncode == 0:
            wrong.append(f"{name} compiles")
        elif sentence not in done.stderr:
            wrong.append(f"{name}: the guide shows\n  {sentence}\nthe compiler says\n{done.stderr}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    {"extract": extract, "names": names, "run": run, "errors": errors}[sys.argv[1]](*sys.argv[2:])
