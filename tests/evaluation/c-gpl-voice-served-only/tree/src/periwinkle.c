/* SPDX-License-Identifier: GPL-3.0-only
 * Copyright (C) 2021-2024 the Periwinkle authors
 */
#include <stdio.h>
#include "voice.h"

int main(int argc, char **argv)
{
	struct voice *v = voice_open("voices/linda.pwv");

	if (!v || argc != 2)
		return 1;
	voice_say(v, argv[1], stdout);
	voice_close(v);
	return 0;
}
