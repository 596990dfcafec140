// A board on which time passes and sound arrives: what the doubles of the drivers are built on.
//
// Settings, from the environment:
//   BOARD_SOUND       file of 32-bit words at 16 kHz, as the microphone's converter gives them
//   BOARD_FED         file to write the samples to that the core was given
//   BOARD_STALL       "second milliseconds": from when on, and for how long, the program stands still
//   BOARD_USB_S       second at which somebody opens the serial port; what was printed before is lost
//   BOARD_BROKEN      the microphone's driver does not start
//   BOARD_UNPLUGGED   "second": from when on the driver gives no samples at all
#pragma once
#include <cstdint>
#include <cstdlib>

namespace board {

struct Driver {  // of the microphone
    virtual void take(int32_t word) = 0;
};

uint64_t now();              // samples since the start
uint64_t microseconds();     // since the start; asking takes 2 of them
void attach(Driver *driver);  // it is given every word from now on; NULL for none
void run(uint64_t samples);  // time passes; interrupts happen in here; ends the program with the sound
void loop_ends();            // of the program's main loop: it took some time
double setting(const char *name, double otherwise);

}  // namespace board
