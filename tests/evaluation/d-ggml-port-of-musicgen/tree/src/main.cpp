#include "musicgen.h"

#include <cstdio>
#include <cstring>

int main(int argc, char ** argv) {
    musicgen_params params;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "-m")) params.model = argv[i + 1];
        if (!strcmp(argv[i], "-p")) params.prompt = argv[i + 1];
    }
    printf("%zu samples\n", musicgen_generate(params).size());
    return 0;
}
