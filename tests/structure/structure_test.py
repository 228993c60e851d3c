#!/usr/bin/env python3
"""Checks that the repository keeps its structure; ctest runs each check as a test of its own.

Usage: structure_test.py CHECK [--root DIR]      CHECK: one of the names in CHECKS
Prints every finding as `path:line: what is wrong and what to do`; the status is 1 when there is one.
"""

import argparse
import pathlib
import sys

import banned_names
import layers
import machine_paths
import promises
import sizes
from repository import Repository

CHECKS = {
    "layers": layers.check,
    "file_sizes": sizes.check_files,
    "function_sizes": sizes.check_functions,
    "banned_names": banned_names.check,
    "promises": promises.check_tests,
    "planted_faults": promises.check_planted,
    "promises_can_be_broken": promises.check_breakable,
    "machine_paths": machine_paths.check,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("check", choices=sorted(CHECKS))
    parser.add_argument("--root", default=pathlib.Path(__file__).parents[2], help="the repository to check")
    arguments = parser.parse_args()

    repository = Repository(arguments.root)
    if not repository.paths:
        print(f"{arguments.root}: holds no files to check")
        return 1
    findings = CHECKS[arguments.check](repository)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings in {len(repository.paths)} files")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
