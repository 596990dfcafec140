/* Any samples in any chunking through the acoustic features: no fault, no number that is
 * none, and the same bits as in one piece. */
#include "acoustic_features.h"
#include "sound.h"

#define LONGEST 12000 /* samples */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ae_state whole, pieces;

static int is_finite(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits >> 23 & 0xff) != 0xff;
}

static uint32_t frames_of(size_t n) {
    return n < AE_FRAME_LENGTH ? 0 : (uint32_t)(1 + (n - AE_FRAME_LENGTH) / AE_HOP_LENGTH);
}

static void expect_same_answer(void) {
    struct ae_result answer, other;
    const int status = ae_finish(&whole, &answer);
    EXPECT(status == ae_finish(&pieces, &other));
    EXPECT(status == (whole.n_frames > 0 ? AE_OK : AE_ERR_SHORT));
    if (status != AE_OK)
        return;
    EXPECT(answer.n_frames == other.n_frames);
    EXPECT(memcmp(answer.features, other.features, sizeof answer.features) == 0);
    for (int i = 0; i < AE_N_FEATURES; i++)
        EXPECT(is_finite(answer.features[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes bytes = {data, size};
    uint32_t seed = 1u + take_byte(&bytes);
    const struct sound sound = take_sound(&bytes, LONGEST);
    struct ae_result estimate;
    int n_frames = 0;
    ae_reset(&whole);
    ae_reset(&pieces);
    EXPECT(ae_process(&whole, sound.samples, sound.n) == (int)frames_of(sound.n));
    for (size_t done = 0; done < sound.n;) {
        const size_t n = next_chunk(&seed, sound.n - done);
        n_frames += ae_process(&pieces, sound.samples + done, n);
        done += n;
        if (anything(&seed) % 16 == 0)
            ae_finish(&pieces, &estimate);
    }
    EXPECT(n_frames == (int)frames_of(sound.n));
    expect_same_answer();
    free(sound.samples);
    return 0;
}
