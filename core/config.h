/* The sizes that everything else is built from. */
#ifndef AE_CONFIG_H
#define AE_CONFIG_H

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "audio_emotion reads networks in place: it needs a little-endian processor"
#endif
/* 16 differs from 0 in _Float16 alone. */
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 && __FLT_EVAL_METHOD__ != 16
#error                                                                                             \
    "audio_emotion needs float operations rounded to float: on x86 compile with -msse2 -mfpmath=sse"
#endif

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
