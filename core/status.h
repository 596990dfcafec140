/* Results of functions that can fail. */
#ifndef AE_STATUS_H
#define AE_STATUS_H

enum ae_error {
    AE_OK = 0,
    AE_ERR_ARG = -1,   /* a pointer is NULL or an index out of range */
    AE_ERR_SHORT = -2, /* fewer than AE_FRAME_LENGTH samples since the reset */
    AE_ERR_MODEL = -3  /* the model was made for another core, or is damaged */
};

#endif
