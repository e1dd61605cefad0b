#include "musicgen.h"

#include <cstdio>

#define MUSICGEN_MAGIC 0x6d67656e

std::vector<float> musicgen_generate(const musicgen_params & params) {
    std::vector<float> sound;
    FILE * file = fopen(params.model.c_str(), "rb");
    if (!file) {
        fprintf(stderr, "%s: no model at '%s'\n", __func__, params.model.c_str());
        return sound;
    }
    sound.resize(32000 * params.seconds);
    fclose(file);
    return sound;
}
