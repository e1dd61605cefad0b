"""Spec, manifest, stages, pipelines, findings, errors, digests: what everything else stands on."""
