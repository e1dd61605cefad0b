/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include "morsel.h"

int32_t morsel_dot(const int8_t *a, const int8_t *b, int n)
{
    int32_t s = 0;
    for (int i = 0; i < n; i++)
        s += (int32_t)a[i] * b[i];
    return s;
}
