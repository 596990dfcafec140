/** Audio files as samples for the worker. */
import { SAMPLE_RATE } from "./core.js";
import { exactSamples } from "./samples.js";
import { KEPT_SAMPLES } from "./stream.js";

/**
 * Samples of the core's format stay as they are; anything else is decoded and resampled by the
 * browser. A recording that is too long keeps one sample more than is processed, to be recognized.
 * @param {ArrayBuffer} buffer
 */
export async function read(buffer) {
    const where = exactSamples(buffer, SAMPLE_RATE);
    if (where) return { wav: buffer, where };
    const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
    const decoded = await context.decodeAudioData(buffer);
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) =>
        decoded.getChannelData(i).slice(0, KEPT_SAMPLES + 1),
    );
    return { channels };
}
