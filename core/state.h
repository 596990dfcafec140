/* State of the acoustic features of an utterance: one struct per stage. */
#ifndef AE_STATE_H
#define AE_STATE_H

#include "config.h"
#include "descriptors.h"
#include "formant.h"
#include "frame_activity.h"
#include "framer.h"
#include "functionals.h"
#include "hnr.h"
#include "mel.h"
#include "periods.h"
#include "pitch.h"
#include "schema.h"
#include "spectral.h"
#include "spectrum.h"

/* Memory that one stage needs during a frame and the next may overwrite. */
union ae_work {
    struct ae_spectrum_work spectrum;
    struct ae_lpc_work lpc;
    struct ae_pitch_work pitch;
    struct ae_periods_work periods;
};

/* Holds no pointer: it may be copied, moved and stored. */
struct ae_state {
    int16_t samples[AE_HISTORY_LENGTH + AE_HOP_LENGTH]; /* of framer.h */
    struct ae_hop hop;
    struct ae_spectral spectral;
    struct ae_pitch pitch;
    struct ae_periods periods;
    struct ae_hnr hnr;
    struct ae_formant formant;
    struct ae_frame_activity frame_activity;
    struct ae_functionals functionals;

    /* Of the newest frame. */
    struct ae_spectrum spectrum;
    int16_t log_mel[AE_N_MELS]; /* log2 energy, Q9, see mel.h */
    struct ae_descriptors latest;

    union ae_work work;
    uint32_t n_frames;
};

#endif
