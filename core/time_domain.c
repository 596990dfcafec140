#include "time_domain.h"

#include "maths.h"

#define DB_PER_OCTAVE 3.01029996f /* of power */
#define FULL_SCALE    32768.0f
#define FULL_SCALE_DB 90.3089987f

void ae_time_domain(const int16_t frame[AE_FRAME_LENGTH], struct ae_time_domain *time_domain) {
    uint64_t energy = 0;
    uint32_t crossings = 0;
    int32_t before = frame[0];
    for (int i = 0; i < AE_FRAME_LENGTH; i += 2) {
        const int32_t x = frame[i], next = frame[i + 1];
        energy += (uint32_t)(x * x) + (uint32_t)(next * next); /* at most 2^31 at once */
        crossings += (uint32_t)(before ^ x) >> 31;             /* their signs differ */
        crossings += (uint32_t)(x ^ next) >> 31;
        before = next;
    }
    const float power = (float)energy * (1.0f / AE_FRAME_LENGTH);
    time_domain->rms = ae_sqrtf(power) * (1.0f / FULL_SCALE);
    time_domain->rms_db =
        power > 1.0f ? DB_PER_OCTAVE * ae_log2f(power) - FULL_SCALE_DB : -FULL_SCALE_DB;
    time_domain->zcr = (float)crossings * (1.0f / AE_FRAME_LENGTH);
}
