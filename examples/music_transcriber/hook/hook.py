# SPDX-License-Identifier: Apache-2.0
# Copyright 2022 Spotify AB
# Copyright the maxctl authors
# Changed: shortened from basic_pitch.note_creation and basic_pitch.inference 0.4.0. From the NOTICE of Basic Pitch:
# "This product includes software developed at Spotify AB (http://www.spotify.com/)."
"""The notes in Basic Pitch's three maps, and how the pitch of each bends."""

import numpy as np

RATE, HOP = 22050, 256  # of the samples, and from frame to frame
FPS = RATE // HOP
WINDOW, OVERLAP = 2 * FPS, 30  # frames of a window, and those that two windows share
LATE = HOP / RATE * (WINDOW - 43844 / HOP) + 0.0018  # seconds that each window adds to those before
LOWEST, HIGHEST = 21, 108  # keys of a piano, as MIDI counts them
SILENCE = 11  # frames below the threshold that end a note
REACH = 25  # thirds of a semitone that are looked at for bends
NEAR = np.exp(-(np.arange(-REACH, REACH + 1) ** 2) / (2 * 5**2))


def answer(outputs, value, parameters):
    """Return the notes by start and pitch; `value` is the sound in windows."""
    count = int(value.length * (FPS / RATE))
    frames, onsets, contours = (_joined(outputs[name])[:count] for name in ("note", "onset", "contour"))
    threshold, least = parameters["frame_threshold"], round(parameters["minimum_note_length"] / 1000 * RATE / HOP)
    found = _notes(frames, onsets, parameters["onset_threshold"], threshold, least) if count else []
    seconds = np.arange(count) * HOP / RATE - LATE * (np.arange(count) // WINDOW)
    return {
        "predictions": [
            {
                "start_time": float(seconds[start]),
                "end_time": float(seconds[end]),
                "pitch": LOWEST + key,
                "amplitude": float(np.mean(frames[start:end, key])),
                "pitch_bend": _bend(contours[start:end], 3 * key),
            }
            for start, end, key in sorted(found)
        ]
    }


def _joined(windows):
    """Return one map [T,F] of those of all windows; half of what two share is each one's."""
    return windows[:, OVERLAP // 2 : -OVERLAP // 2].reshape(-1, windows.shape[2])


def _notes(frames, onsets, onset_threshold, threshold, least):
    """Return (first frame, end, key) of each note: those that begin clearly, then the loudest that are left."""
    last = len(frames) - 1
    begins = _begins(frames, onsets)
    middle = begins[1:-1]
    peaks = (middle > begins[:-2]) & (middle > begins[2:]) & (middle >= onset_threshold)
    energy = frames.astype(np.float64)
    found = []

    def follow(at, key, step, end, wipe):
        """Return where the note ends that sounds at `at`, going on by `step`."""
        silent = 0
        while (end - at) * step > 0 and silent < SILENCE:
            silent = silent + 1 if energy[at, key] < threshold else 0
            if wipe:
                energy[at, max(key - 1, 0) : key + 2] = 0
            at += step
        return at - step * silent

    for start, key in ((int(at) + 1, int(key)) for at, key in np.argwhere(peaks)[::-1]):
        if start < last and (end := follow(start + 1, key, 1, last, False)) - start > least:
            energy[start:end, max(key - 1, 0) : key + 2] = 0
            found.append((start, end, key))
    while energy.max() > threshold:
        at, key = (int(one) for one in np.unravel_index(energy.argmax(), energy.shape))
        energy[at, key] = 0
        end = follow(at + 1, key, 1, last, True) - 1
        start = follow(at - 1, key, -1, 0, True) + 1
        if end - start > least:
            found.append((start, end, key))
    return found


def _begins(frames, onsets):
    """Return the onsets, or by how much the frames grow where that says more."""
    grown = [frames - np.pad(frames.astype(np.float64), ((n, 0), (0, 0)))[:-n] for n in (1, 2)]
    rise = np.maximum(np.min(grown, axis=0), 0)
    rise[:2] = 0
    with np.errstate(invalid="ignore"):  # without any rise there is no beginning
        return np.maximum(onsets, onsets.max() * rise / rise.max())


def _bend(contours, middle):
    """Return for each frame by how many thirds of a semitone the pitch is off."""
    first, end = max(middle - REACH, 0), min(middle + REACH + 1, contours.shape[1])
    near = contours[:, first:end] * NEAR[first - middle + REACH : end - middle + REACH]
    return [int(at) + first - middle for at in near.argmax(axis=1)]
