"""Stand between maxctl and a child process, so that no descendant outlives maxctl or its limits.

Run by path with `python -I -S`, so it imports the standard library only. Arguments: the lifeline's
descriptor, seconds, bytes (0: no limit), then the command. maxctl holds the other end of the lifeline:
when maxctl ends, however it ends, the lifeline closes and everything below this process is killed.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

TIMED_OUT = 240
OUT_OF_MEMORY = 241
NOT_STARTED = 242
PR_SET_CHILD_SUBREAPER = 36
LOOK_EVERY_S = 0.25


def descendants(root):
    """Return the process ids below `root`, from /proc."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    parents[int(entry)] = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue  # it ended meanwhile
    found, front = [], [root]
    while front:
        front = [pid for pid, parent in parents.items() if parent in front]
        found += front
    return found


def resident_bytes(pids):
    """Return the proportional memory of the processes, in bytes."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                for line in file:
                    if line.startswith(b"Pss:"):
                        total += int(line.split()[1]) * 1024
                        break
        except OSError:
            continue
    return total


def kill_all():
    """Kill every descendant, again until none is left: a process may fork while it is being killed."""
    if not os.path.isdir("/proc/self"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
        return
    for _ in range(100):
        pids = descendants(os.getpid())
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.01)


def main(argv):
    """Run the command below this process; return its exit code, 128 + signal, or a limit's code."""
    lifeline, seconds, memory, command = int(argv[0]), float(argv[1]), int(argv[2]), argv[3:]
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.set_inheritable(lifeline, False)
    passed = [int(fd) for fd in os.environ.pop("MAXCTL_PASS_FDS", "").split(",") if fd]
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        child = subprocess.Popen(command, pass_fds=passed)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return NOT_STARTED
    for fd in passed:
        os.close(fd)
    started = time.monotonic()
    try:
        while True:
            ready, _, _ = select.select([lifeline, wake_read], [], [], LOOK_EVERY_S)
            if wake_read in ready:
                os.read(wake_read, 512)
            if child.poll() is not None:
                return child.returncode if child.returncode >= 0 else 128 - child.returncode
            if lifeline in ready:
                return 128 + signal.SIGKILL
            if seconds and time.monotonic() - started > seconds:
                return TIMED_OUT
            if memory and resident_bytes(descendants(os.getpid())) > memory:
                return OUT_OF_MEMORY
    finally:
        kill_all()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
