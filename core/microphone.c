#include "microphone.h"

#include <string.h>

#include "maths.h"

#define LOG2_10_BY_20  0.166096405f /* log2(10) / 20 */
#define DB_PER_LOG2    3.01029996f  /* of a variance */
#define SETTLING_SHIFT 10           /* time constant of the offset: 64 ms */
#define LIMIT          32700        /* drivers limit to this or more */
#define N_CLIPPED      (AE_SAMPLE_RATE / 1000)
#define FAR_OFF        (1 << 27) /* of 2^30 */

const char *const ae_microphone_advice[] = {
    "",
    "no signal: look at the wires of data and L/R",
    "offset: look at the microphone's format, left_shift",
    "clipped: lower AE_GAIN",
    "too quiet: raise AE_GAIN if somebody spoke",
};

static int between(int value, int lowest, int highest) {
    return value < lowest ? lowest : value > highest ? highest : value;
}

void ae_microphone_reset(struct ae_microphone *microphone, int gain_db, int left_shift) {
    memset(microphone, 0, sizeof *microphone);
    microphone->gain =
        (uint32_t)(65536.0f * ae_exp2f((float)between(gain_db, -60, 60) * LOG2_10_BY_20) + 0.5f);
    microphone->left_shift = between(left_shift, 0, 16);
}

void ae_microphone_restart(struct ae_microphone *microphone) {
    microphone->n_samples = 0;
    microphone->n_changes = 0;
    microphone->n_clipped = 0;
    microphone->loudest = 0;
}

static void end_block(struct ae_microphone *microphone) {
    const int64_t sum = microphone->sum;
    const uint64_t squares = microphone->squares - (uint64_t)(sum * sum) / AE_HOP_LENGTH;
    const uint32_t variance = (uint32_t)(squares / AE_HOP_LENGTH);
    if (variance > microphone->loudest)
        microphone->loudest = variance;
    microphone->sum = 0;
    microphone->squares = 0;
    microphone->filled = 0;
}

static void measure(struct ae_microphone *microphone, int16_t sample) {
    microphone->n_clipped += sample >= LIMIT || sample <= -LIMIT;
    microphone->sum += sample;
    microphone->squares += (uint32_t)(sample * sample);
    if (++microphone->filled == AE_HOP_LENGTH)
        end_block(microphone);
}

static int16_t convert(struct ae_microphone *microphone, int32_t word) {
    const int32_t half = word / 2;
    microphone->n_samples++;
    microphone->n_changes += word != microphone->newest;
    microphone->newest = word;
    microphone->offset += (half - microphone->offset) / (1 << SETTLING_SHIFT);
    const int64_t value = ((int64_t)(half - microphone->offset) * microphone->gain) >> 31;
    const int16_t sample = (int16_t)(value > INT16_MAX   ? INT16_MAX
                                     : value < INT16_MIN ? INT16_MIN
                                                         : value);
    measure(microphone, sample);
    return sample;
}

void ae_microphone_convert(struct ae_microphone *microphone, const int32_t *words, size_t stride,
                           size_t n, int16_t *pcm) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t word = (uint32_t)words[i * stride] << microphone->left_shift;
        pcm[i] = convert(microphone, (int32_t)word);
    }
}

void ae_microphone_amplify(struct ae_microphone *microphone, int16_t *pcm, size_t n) {
    for (size_t i = 0; i < n; i++)
        pcm[i] = convert(microphone, pcm[i] * (1 << 16));
}

int ae_microphone_dbfs(const struct ae_microphone *microphone) {
    const float level = (ae_log2f((float)microphone->loudest) - 30.0f) * DB_PER_LOG2;
    return between((int)(level - 0.5f), -96, 0);
}

enum ae_level_fault ae_microphone_fault(const struct ae_microphone *microphone) {
    if (microphone->n_changes < 2) /* one from the state after the reset */
        return AE_LEVEL_NO_SIGNAL;
    if (microphone->offset > FAR_OFF || microphone->offset < -FAR_OFF)
        return AE_LEVEL_OFFSET;
    if (microphone->n_clipped >= N_CLIPPED)
        return AE_LEVEL_CLIPPED;
    return ae_microphone_dbfs(microphone) < AE_QUIET_DBFS ? AE_LEVEL_TOO_QUIET : AE_LEVEL_RIGHT;
}
