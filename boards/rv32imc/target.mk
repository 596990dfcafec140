# An ISA before 2.3, in which reading a counter needs no extension to be named.
CC        := riscv64-unknown-elf-gcc
CPU       := -march=rv32imc -mabi=ilp32 -misa-spec=2.2 --specs=picolibc.specs
CORE      := $(notdir $(wildcard ../core/*.c))
FIRMWARE  := harness_core.c riscv.c semihosting.c
