#include <stdio.h>
#include "tcn.h"

int main(int argc, char **argv) {
  tcn net = {0};
  int16_t sample;
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!file || fread(net.weight, 1, PARAMETERS, file) == 0) return 1;
  while (fread(&sample, sizeof sample, 1, stdin) == 1)
    if (tcn_step(&net, sample) > 20000) puts("chirp");
  return 0;
}
