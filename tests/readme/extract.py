#!/usr/bin/env python3
"""Writes the programs of README.md as files, so that the build compiles what a reader copies.

Usage: extract.py README FOLDER: writes first.cpp (the first C++ block), second.cpp (the first without its main, then the
second) and topology.toml (the first TOML block) into FOLDER.
"""
import pathlib
import re
import sys


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def main():
    readme, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    text = readme.read_text()
    programs, topologies = blocks(text, "cpp"), blocks(text, "toml")
    if len(programs) < 2 or not topologies:
        sys.exit(f"{readme}: expected two C++ programs and a TOML topology, found {len(programs)} and {len(topologies)}")
    folder.mkdir(parents=True, exist_ok=True)
    classes = programs[0].split("int main(")[0]
    (folder / "first.cpp").write_text(programs[0])
    (folder / "second.cpp").write_text(classes + programs[1])
    (folder / "topology.toml").write_text(topologies[0])


if __name__ == "__main__":
    main()
