pub struct Bank {
    rate: u32,
}

impl Bank {
    pub fn new(rate: u32) -> Self {
        Self { rate }
    }

    pub fn energies(&self, frame: &[f32]) -> [f32; 20] {
        let width = frame.len() / 20;
        core::array::from_fn(|band| {
            let sum: f32 = frame[band * width..(band + 1) * width].iter().map(|x| x * x).sum();
            libm::logf(sum / self.rate as f32 + 1e-6)
        })
    }
}
