"""The core on emulated boards: what it needs of flash, RAM, time and energy."""
