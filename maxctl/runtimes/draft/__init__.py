"""Drafts of model.yaml: what a model does and takes, guessed from its files and from those beside it.

    facts_of(path, description) -> Facts     reads; runs nothing, imports no framework
    drafted(facts) -> Draft                  pure
    project_files(draft, …) -> ProjectFiles  the text of model.yaml, and of labels.json and a hook where they are needed

One file for each kind of guess; each guess has a reason, and tells how sure it is. Importing this imports little.
"""

from __future__ import annotations

from maxctl.runtimes.draft.guess import Draft, Guess

__all__ = ["Draft", "Guess"]
