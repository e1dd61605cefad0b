/* hark - wake words for small machines */
#include <stdint.h>
#include <stdio.h>
#include "ring.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL DEVICE\n", argv[0]);
        return 2;
    }
    struct ring r = {0};
    FILE *in = fopen(argv[2], "rb");
    int16_t s;
    while (in && fread(&s, sizeof s, 1, in) == 1)
        ring_push(&r, s);
    return 0;
}
