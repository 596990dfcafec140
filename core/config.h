/* The sizes that everything else is built from. */
#ifndef AE_CONFIG_H
#define AE_CONFIG_H

#define AE_SAMPLE_RATE  16000 /* Hz */
#define AE_FRAME_LENGTH 400   /* samples, 25 ms */
#define AE_HOP_LENGTH   160   /* samples, 10 ms */
#define AE_N_FFT        512   /* points; the frame is zero-padded at its end */
#define AE_N_BINS       (AE_N_FFT / 2 + 1)
#define AE_LOW_BINS     9  /* that the mean of a frame reaches */
#define AE_N_MELS       40 /* triangles between 60 and 7600 Hz */
#define AE_N_MFCC       13

/* Samples kept from the past, for stages that look back further than a frame. */
#define AE_HISTORY_LENGTH 1280 /* samples, 80 ms */

#endif
