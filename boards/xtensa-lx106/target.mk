# Debian's compiler comes without a C library and with half of the floating-point routines
# (the others are in the ROM of the ESP8266), so only what computes in integers runs.
CC        := xtensa-lx106-elf-gcc
CPU       := -mtext-section-literals -ffreestanding
INCLUDES  := -I../src/audio_emotion/devices/freestanding
CORE      := fft.c framer.c maths.c mel.c spectrum.c tables.c
FIRMWARE  := harness_front_end.c xtensa.c simcall.c string.c \
             arithmetic.c
LIBRARIES := -nostdlib -lgcc
