//! Voice activity detection for small machines.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

mod gru;
mod mel;

static PARAMETERS: &[u8] = include_bytes!("../model/vad.f32");

/// A detector with its state; one per stream.
pub struct Detector {
    mel: mel::Bank,
    cells: [gru::Cell; 2],
}

impl Detector {
    pub fn new() -> Self {
        Self { mel: mel::Bank::new(16_000), cells: gru::load(PARAMETERS) }
    }

    /// Takes 512 samples at 16 kHz and gives the probability of speech.
    pub fn push(&mut self, frame: &[f32]) -> f32 {
        let bands = self.mel.energies(frame);
        let hidden = self.cells[0].step(&bands);
        gru::sigmoid(self.cells[1].step(&hidden)[0])
    }
}
