CC        := arm-none-eabi-gcc
CPU       := -mcpu=cortex-m0plus -mthumb
CORE      := $(notdir $(wildcard ../core/*.c))
FIRMWARE  := harness_core.c cortex_m.c semihosting.c
