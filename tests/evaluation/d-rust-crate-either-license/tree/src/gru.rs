pub const UNITS: usize = 48;

pub struct Cell {
    weights: [[f32; UNITS]; 3],
    state: [f32; UNITS],
}

impl Cell {
    pub fn step(&mut self, input: &[f32]) -> [f32; UNITS] {
        for unit in 0..UNITS {
            let gate = sigmoid(self.weights[0][unit] * input[unit % input.len()]);
            self.state[unit] = gate * self.state[unit] + (1.0 - gate) * libm::tanhf(self.weights[1][unit]);
        }
        self.state
    }
}

pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-x))
}

pub fn load(bytes: &[u8]) -> [Cell; 2] {
    let mut numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).cycle();
    core::array::from_fn(|_| Cell {
        weights: core::array::from_fn(|_| core::array::from_fn(|_| numbers.next().unwrap_or(0.0))),
        state: [0.0; UNITS],
    })
}
