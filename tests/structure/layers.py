"""One folder of mycelium/ is one layer; a layer includes only itself and layers of a lower level."""

import re

# The level of each layer. A new folder under mycelium/ is entered here, with a thought about where it belongs.
LEVELS = {
    "base": 0,
    "protocol": 1,
    "telemetry": 1,
    "config": 1,
    "runtime": 2,
    "bus": 3,
    "transport": 3,
    "actor": 4,
    "journal": 4,
    "node": 5,
    "cluster": 6,
    "simulation": 7,
    "testing": 8,
}
# Folders outside the layers: an adapter is used by these, and uses none of them.
ABOVE_ADAPTERS = ("apps", "examples", "benchmarks", "tests")
# Tests of any layer may use the test kit, which stands above the layers.
TEST_KIT = "testing"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<(mycelium/[^>]+)>)', re.MULTILINE)


def includes(text):
    """(line, included path) of each include of our own headers."""
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1) or match.group(2)


def include_error(path, included):
    """What is wrong with `path` including `included`; None when nothing is."""
    parts, target = path.split("/"), included.split("/")
    layer = parts[1] if parts[0] == "mycelium" and len(parts) > 2 else None
    to = target[1] if target[0] == "mycelium" and len(target) > 2 else None
    if to and "detail" in target[2:-1] and to != layer:
        return f"the detail folder of {to}/ is its own affair"
    if parts[0] == "adapters" and target[0] in ABOVE_ADAPTERS:
        return f"an adapter does not include {target[0]}/"
    if layer is None:
        return None  # Examples, applications, adapters and cross-layer tests may use every layer.
    if to is None:
        return 'a layer includes only layers, as "mycelium/LAYER/FILE.hpp"'
    if to not in LEVELS:
        return f"no level is known for {to}/; enter it in tests/structure/layers.py"
    if to == layer or (to == TEST_KIT and path.endswith(("_test.cpp", "_test.hpp"))):
        return None
    if LEVELS[to] >= LEVELS[layer]:
        return f"{layer}/ has level {LEVELS[layer]}, {to}/ has level {LEVELS[to]}; only lower levels are allowed"
    return None


def check(repository):
    """A finding for each include that goes up or sideways, and each layer without a level."""
    findings = []
    for path in repository.cpp():
        parts = path.split("/")
        if parts[0] == "mycelium" and len(parts) > 2 and parts[1] not in LEVELS:
            findings.append(f"{path}: no level is known for {parts[1]}/; enter it in tests/structure/layers.py")
            continue
        for line, included in includes(repository.text(path)):
            error = include_error(path, included)
            if error:
                findings.append(f"{path}:{line}: includes {included}: {error}")
    return findings
