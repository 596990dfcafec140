CC        := arm-none-eabi-gcc
CPU       := -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16
CORE      := $(notdir $(wildcard ../core/*.c))
FIRMWARE  := harness_core.c cortex_m.c semihosting.c
