#include "wink.h"

int main(void) {
    wink_init();
    for (;;) {
        if (wink_listen() == WINK_HIT) board_led(1);
    }
}
