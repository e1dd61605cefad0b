#pragma once

#include <string>
#include <vector>

struct musicgen_params {
    std::string model  = "models/ggml-small-q5_k.bin";
    std::string prompt;
    int n_threads      = 4;
    int seconds        = 8;
    float top_k        = 250;
    float cfg_scale    = 3.0f;
};

std::vector<float> musicgen_generate(const musicgen_params & params);
