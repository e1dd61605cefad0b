/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MORSEL_H
#define MORSEL_H
int32_t morsel_dot(const int8_t *a, const int8_t *b, int n);
#endif
