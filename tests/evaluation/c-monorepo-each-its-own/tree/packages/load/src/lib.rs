// SPDX-License-Identifier: MIT OR GPL-2.0-only

static WEIGHTS: &[u8] = include_bytes!("../load.weights");

/// The next value of a series of hourly loads.
pub fn next(series: &[f32]) -> f32 {
    series
        .iter()
        .rev()
        .zip(WEIGHTS)
        .map(|(x, w)| x * (*w as f32 - 128.0) / 1024.0)
        .sum()
}
