"""Speech emotion recognition that runs on the microcontroller."""
