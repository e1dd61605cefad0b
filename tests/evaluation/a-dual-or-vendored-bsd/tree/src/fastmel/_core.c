/* SPDX-License-Identifier: MIT OR GPL-3.0-or-later */
#include <math.h>
#include "_vendor/kissfft/kiss_fft.h"

double fastmel_hz_to_mel(double hz) { return 2595.0 * log10(1.0 + hz / 700.0); }
double fastmel_mel_to_hz(double mel) { return 700.0 * (pow(10.0, mel / 2595.0) - 1.0); }
