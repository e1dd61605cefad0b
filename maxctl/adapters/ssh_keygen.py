"""Sign and verify with SSH keys, by OpenSSH's `ssh-keygen -Y`; find out which key is which."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from maxctl.adapters import process
from maxctl.core.errors import StageError

MEND = "apt-get install openssh-client"
STRONG = ("ED25519", "ED25519-SK", "ECDSA", "ECDSA-SK")
RSA_BITS = 2048
TIMEOUT_S = 60.0
TOUCH_S = 180.0  # for a hardware key that waits for its owner's finger
_ARMOUR = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=]{1,76}\n)+-----END SSH SIGNATURE-----\n?"
)
_LINE = re.compile(r"(\d+) (SHA256:[A-Za-z0-9+/]{43}) .*\(([A-Z0-9-]+)\)")
_PRINCIPAL = re.compile(r"[a-z0-9-]+")
_PUBLIC_KEY = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}")
_ALONE = {"SSH_ASKPASS_REQUIRE": "never"}  # no window may pop up where nobody looks


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Which key it is, however it is spelt: `SHA256:…`, its size in bits, and its kind, such as `ED25519`."""

    hash: str
    bits: int
    kind: str

    @property
    def weakness(self) -> str:
        """Why a signature of the key proves nothing, or nothing."""
        if self.kind in STRONG or (self.kind == "RSA" and self.bits >= RSA_BITS):
            return ""
        return f"{self.kind} with {self.bits} bits is not safe; ed25519, ecdsa and rsa from {RSA_BITS} bits on are"


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the principal signed; `by` is the key that really made the signature, None if it fits no key."""

    good: bool
    by: str | None


def fingerprint(public_key: str) -> Fingerprint | None:
    """Return which key a line `ssh-ed25519 AAAA…` is, or None where it is none."""
    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        path = Path(scratch) / "key.pub"
        path.write_text(f"{public_key}\n", encoding="utf-8")
        return fingerprint_of(path)


def fingerprint_of(path: Path) -> Fingerprint | None:
    """Return which key a file holds, public or private, without its passphrase; None where it is not one key."""
    finished = process.run(
        [_program(), "-l", "-E", "sha256", "-f", str(path)], env=_ALONE, timeout_s=TIMEOUT_S, ok=range(256)
    )
    lines = finished.stdout.strip().splitlines()
    match = _LINE.fullmatch(lines[0]) if finished.returncode == 0 and len(lines) == 1 else None
    return Fingerprint(match[2], int(match[1]), match[3]) if match else None


def verify(message: bytes, signature: bytes, principal: str, public_key: str, namespace: str) -> Checked:
    """Return whether `principal`, whose key is `public_key`, signed these bytes in this namespace.

    The key of the caller alone counts, never one that the signature brings.
    """
    if not _ARMOUR.fullmatch(signature):
        return Checked(False, None)
    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        file, allowed = Path(scratch) / "signature", Path(scratch) / "allowed_signers"
        file.write_bytes(signature)
        allowed.write_text(allowed_signer(principal, public_key, namespace), encoding="utf-8")
        named = ["-n", namespace, "-s", str(file)]
        judged = _quiet(["-Y", "verify", "-f", str(allowed), "-I", principal, *named], message)
        told = judged if judged.returncode == 0 else _quiet(["-Y", "check-novalidate", *named], message)
        by = re.search(r"SHA256:[A-Za-z0-9+/]{43}", told.stdout) if told.returncode == 0 else None
        return Checked(judged.returncode == 0, by[0] if by else None)


def allowed_signer(principal: str, public_key: str, namespace: str) -> str:
    """Return the line of an allowed_signers file; raises `StageError` where a part would be more than itself."""
    if not _PRINCIPAL.fullmatch(principal) or not _PUBLIC_KEY.fullmatch(public_key):
        raise StageError(
            f"{principal!r} with the key {public_key!r} cannot stand in an allowed_signers file",
            hint="an id of small letters, digits and hyphens, and a key of one line, as in a .pub file",
        )
    return f'{principal} namespaces="{namespace}" {public_key}\n'


def sign(message: bytes, key: Path | str, namespace: str, *, terminal: bool) -> bytes:
    """Return the armoured signature of the bytes, by a key file, or by the agent with the public key given.

    On a `terminal` ssh-keygen asks there for a passphrase or a touch. Raises `StageError` when it does not sign.
    """
    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        file = Path(scratch) / "message"
        file.write_bytes(message)
        if isinstance(key, str):
            (Path(scratch) / "key.pub").write_text(f"{key}\n", encoding="utf-8")
        path = Path(scratch) / "key.pub" if isinstance(key, str) else key.absolute()
        argv = [_program(), "-Y", "sign", "-n", namespace, "-f", str(path), str(file)]
        if terminal:
            code, said = _in_foreground(argv, Path(scratch)), ""
        else:
            finished = process.run(argv, env=_ALONE, timeout_s=TOUCH_S, ok=range(256))
            code, said = finished.returncode, finished.stderr
        signature = Path(scratch) / "message.sig"
        if code == 0 and signature.is_file():
            return signature.read_bytes()
    if "passphrase" in said:
        raise StageError(
            f"{path} asks for a passphrase, and there is no terminal to ask it on",
            hint=f"`ssh-add {path}` first, or run the command on a terminal",
        )
    why = said.strip().splitlines()[-1] if said.strip() else process.ending(code)
    raise StageError(
        f"ssh-keygen did not sign: {why}", hint="`--key FILE` names the private key to sign with"
    )


def own_key(public_key: str) -> Path | str | None:
    """Return what signs with a key here: the public key where the agent holds it, else a file `~/.ssh/id_*`."""
    listed = process.run(
        [process.program("ssh-add", MEND), "-L"], env=_ALONE, timeout_s=TIMEOUT_S, ok=range(256)
    )
    if public_key in (" ".join(line.split()[:2]) for line in listed.stdout.splitlines()):
        return public_key
    wanted = fingerprint(public_key)
    for path in sorted((Path.home() / ".ssh").glob("id_*")):
        if path.suffix != ".pub" and path.is_file() and wanted and fingerprint_of(path) == wanted:
            return path
    return None


def _program() -> str:
    return process.program("ssh-keygen", MEND)


def _quiet(arguments: list[str], message: bytes) -> process.Finished:
    return process.run(
        [_program(), *arguments], stdin=message, env=_ALONE, timeout_s=TIMEOUT_S, ok=range(256)
    )


def _in_foreground(argv: list[str], cwd: Path) -> int:
    """Run a program that owns the terminal meanwhile, in this session: it could not ask from another one."""
    child = os.fork()
    if child == 0:
        try:
            process.become(argv, cwd=cwd, env={})
        finally:
            os._exit(127)
    try:
        _, status = os.waitpid(child, 0)
    except KeyboardInterrupt:  # the terminal told the child, too; it sets the echo right before it ends
        with contextlib.suppress(ChildProcessError):  # it ended, and was waited for, just before
            os.waitpid(child, 0)
        raise
    return os.waitstatus_to_exitcode(status)
