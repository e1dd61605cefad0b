"""What schemathesis sends where the document says that a file is to be sent: files that can be read."""

from __future__ import annotations

import os

import schemathesis
from hypothesis import strategies

from tests.serving import every_task

FILES = {"image": every_task.picture, "audio": every_task.sound}
if os.environ["INPUT_KIND"] in FILES:
    schemathesis.openapi.format("binary", strategies.just(FILES[os.environ["INPUT_KIND"]]()))
