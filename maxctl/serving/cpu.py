"""How many CPUs this process may use, and which instructions they have."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
# the ones that change which kernels an engine picks, hence the last digits of its answers
X86 = (
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_bf16",
    "amx_int8",
)
ARM = ("asimd", "asimddp", "bf16", "i8mm", "sve")


def available(cgroup: Path = CGROUP) -> int:
    """Return the CPUs in this process's affinity, fewer where a control group's quota says so; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(cgroup)
    return max(1, allowed if quota is None else min(allowed, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    """Return the quota in CPUs of control groups version 2, else version 1, or None where there is none."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            words = [word for name in names for word in (cgroup / name).read_text(encoding="ascii").split()]
        except OSError:
            continue
        if len(words) == 2 and words[0].isdecimal() and int(words[1]) > 0:
            return int(words[0]) / int(words[1])
    return None


def flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> list[str]:
    """Return the telling instruction sets of the first CPU, or none where the system does not say."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            present = set(value.split())
            return [flag for flag in X86 + ARM if flag in present]
    return []
