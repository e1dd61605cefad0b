#ifndef TCN_H
#define TCN_H
#include <stdint.h>

#define PARAMETERS 900

typedef struct {
  int8_t weight[PARAMETERS];
  int32_t state[16];
} tcn;

static inline int32_t tcn_step(tcn *net, int16_t sample) {
  int32_t sum = 0;
  for (int i = 15; i > 0; --i) net->state[i] = net->state[i - 1];
  net->state[0] = sample;
  for (int i = 0; i < 16; ++i) sum += net->weight[i] * net->state[i];
  return sum >> 7;
}

#endif
