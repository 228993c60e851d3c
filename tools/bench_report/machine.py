"""What the numbers were measured on, and whether it was idle."""

import platform
import re
import subprocess
import time
from pathlib import Path


def busy_percent(seconds: float = 0.3) -> float:
    """How much of all processors is in use right now, by anybody."""

    def read():
        fields = [int(x) for x in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]  # All, idle and waiting for I/O.

    total, idle = read()
    time.sleep(seconds)
    total_after, idle_after = read()
    return 100.0 * (1 - (idle_after - idle) / max(1, total_after - total))


def first_line(command: list, cwd=None) -> str:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    except OSError:
        return "unknown"
    return (done.stdout.splitlines() or ["unknown"])[0] if done.returncode == 0 else "unknown"


def processor() -> str:
    match = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    return match.group(1) if match else platform.machine()


def processor_count() -> int:
    return len(re.findall(r"^processor\s*:", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M))


def l2_bytes(caches=Path("/sys/devices/system/cpu/cpu0/cache")):
    """The second-level cache of a processor, or None where the kernel does not say."""
    for cache in sorted(caches.glob("index*")):
        if (cache / "level").read_text(encoding="ascii").strip() == "2":
            match = re.fullmatch(r"(\d+)([KM]?)", (cache / "size").read_text(encoding="ascii").strip())
            return int(match.group(1)) * {"": 1, "K": 1024, "M": 1024**2}[match.group(2)] if match else None
    return None


def describe(root: Path, programs: Path) -> dict:
    """Label -> text, in the order of the document."""
    cache = {}
    cache_file = programs.parent / "CMakeCache.txt"
    if cache_file.exists():
        for line in cache_file.read_text(encoding="utf-8").splitlines():
            match = re.match(r"([A-Za-z0-9_]+):[A-Z]+=(.*)$", line)
            if match:
                cache[match.group(1)] = match.group(2)
    build_type = cache.get("CMAKE_BUILD_TYPE", "")
    flags = [cache.get("CMAKE_CXX_FLAGS", ""), cache.get(f"CMAKE_CXX_FLAGS_{build_type.upper()}", ""),
             "-march=native" if cache.get("MYCELIUM_NATIVE") == "ON" else ""]
    commit = first_line(["git", "rev-parse", "--short=12", "HEAD"], cwd=root)
    if first_line(["git", "status", "--porcelain", "--untracked-files=no"], cwd=root) != "unknown":
        commit += ", with changes on top"
    return {
        "Processor": f"{processor()}, {processor_count()} of them",
        "Kernel": f"{platform.system()} {platform.release()}",
        "Compiler": first_line([cache.get("CMAKE_CXX_COMPILER", "c++"), "--version"]),
        "Rust": first_line(["rustc", "--version"]),
        "Flags": " ".join(flag for flag in flags if flag),
        "Commit": commit,
    }
