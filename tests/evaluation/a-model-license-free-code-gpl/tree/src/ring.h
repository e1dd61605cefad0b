#ifndef RING_H
#define RING_H
#include <stdint.h>

struct ring { int16_t data[16000]; unsigned head; };

static inline void ring_push(struct ring *r, int16_t s)
{
    r->data[r->head] = s;
    r->head = (r->head + 1) % 16000;
}
#endif
