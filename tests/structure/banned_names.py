"""Time, sleep and randomness come from the context; their sources stand in one home each.

Whoever reads a wall clock, sleeps, or draws an unseeded number can be neither simulated nor replayed.
"""

import re

from cpp_scanner import blank_comments_and_strings

# (what is banned outside, how the paths of its homes begin); the peers of the benchmarks have clocks of their own.
CLOCK_HOMES = (
    "mycelium/runtime/os_clock.cpp", "benchmarks/timer.hpp", "benchmarks/peer_", "benchmarks/service_by_hand.cpp")
RULES = (
    (r"\bchrono\s*::\s*(?:system|steady|high_resolution|utc|file)_clock\b", CLOCK_HOMES),
    (r"\b(?:system|steady|high_resolution)_clock\s*::", CLOCK_HOMES),
    (r"\b(?:clock_gettime|gettimeofday|__rdtscp?|_rdtsc)\b", CLOCK_HOMES),
    (r"\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)", CLOCK_HOMES),
    (r"\b(?:sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\b", ()),
    (r"(?<![\w>])::sleep\s*\(|\bsleep\s*\(\s*\d", ()),
    (r"\bthis_thread\b|\bsched_yield\b", ("mycelium/runtime/idle.cpp", "benchmarks/peer_")),
    (r"\brandom_device\b", ()),
    (r"\bs?rand\s*\(", ()),
    (r"\bmt19937(?:_64)?\b|\bdefault_random_engine\b", ()),
)


def check(repository):
    """A finding for each banned name outside its home."""
    findings = []
    for path in repository.cpp():
        lines = blank_comments_and_strings(repository.text(path)).splitlines()
        for pattern, homes in RULES:
            if path.startswith(homes):
                continue
            for number, line in enumerate(lines, 1):
                match = re.search(pattern, line)
                if match:
                    home = f"; its home is {', '.join(homes)}" if homes else ""
                    findings.append(f"{path}:{number}: '{match.group().strip()}' is banned here{home}")
    return findings
