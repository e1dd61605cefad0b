"""Stand between maxctl and a child process, so that no descendant outlives maxctl or its limits.

Run by path with `python -I -S`, so it imports the standard library only. Arguments: descriptors, of which
the first is the line to maxctl and the others are for the command, seconds, bytes (0: no limit), then the
command. When maxctl ends, however it ends, the line closes and everything below this process is killed.
Why this process stopped the command is told on the line, for every exit code may be the command's own.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

NOT_STARTED = "not started"
KILLED = 128 + signal.SIGKILL
NOT_FOUND = 127
PR_SET_PDEATHSIG = 1
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


def tell(line, reason, words):
    """Tell maxctl the reason, and whoever reads standard error the words."""
    try:
        os.write(line, reason.encode())
        print(words, file=sys.stderr, flush=True)
    except OSError:
        pass  # maxctl is gone, or the disk of its log is full: what is left to do is to end


def stop(line, reason):
    """Tell why the command is stopped; return the exit code of what was killed."""
    tell(line, reason, f"stopped: it {reason}")
    return KILLED


def main(argv):
    """Run the command below this process; return its exit code, or 128 + the signal that ended it."""
    (line, *passed), seconds, memory = map(int, argv[0].split(",")), float(argv[1]), int(argv[2])
    command = argv[3:]
    os.setsid()
    os.set_inheritable(line, False)
    before_start = None
    if sys.platform == "linux":
        prctl, supervisor = ctypes.CDLL(None).prctl, os.getpid()
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

        def before_start():
            """Let the command die with this process, which may itself be killed, and may be dead already."""
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != supervisor:
                os.kill(os.getpid(), signal.SIGKILL)

    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        child = subprocess.Popen(command, pass_fds=passed, preexec_fn=before_start)
    except OSError as error:
        tell(line, NOT_STARTED, f"{command[0]}: {error.strerror}")
        return NOT_FOUND
    for fd in passed:
        os.close(fd)
    started = time.monotonic()
    try:
        while True:
            ready, _, _ = select.select([line, wake_read], [], [], LOOK_EVERY_S)
            if wake_read in ready:
                os.read(wake_read, 512)
            if child.poll() is not None:
                return child.returncode if child.returncode >= 0 else 128 - child.returncode
            if line in ready:
                return KILLED
            if seconds and time.monotonic() - started > seconds:
                return stop(line, f"ran for more than {seconds:g} s")
            if memory and resident_bytes(descendants(os.getpid())) > memory:
                return stop(line, f"used more than {memory / 1024**3:.1f} GiB of memory")
    finally:
        kill_all()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
