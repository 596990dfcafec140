# Debian's compiler comes without a C library and with half of the arithmetic (the other half is in
# the ROM of the ESP8266): string.c, arithmetic.c and floating_point.c have the rest.
CC        := xtensa-lx106-elf-gcc
CPU       := -mtext-section-literals -ffreestanding
INCLUDES  := -I../src/audio_emotion/devices/freestanding
CORE      := $(notdir $(wildcard ../core/*.c))
FIRMWARE  := harness_core.c xtensa.c simcall.c string.c arithmetic.c floating_point.c
LIBRARIES := -nostdlib -lgcc
