/* SPDX-License-Identifier: GPL-3.0-only
 * Copyright (C) 2021-2024 the Periwinkle authors
 */
#ifndef VOICE_H
#define VOICE_H
#include <stdio.h>
struct voice;
struct voice *voice_open(const char *path);
void voice_say(struct voice *, const char *text, FILE *out);
void voice_close(struct voice *);
#endif
