/** Files, as the worker wants them. */
import { SAMPLE_RATE } from "./core.js";
import { exactSamples } from "./samples.js";
import { KEPT_SAMPLES } from "./stream.js";

/**
 * Samples that are in the file as the core hears them stay as they are; anything else is decoded
 * and resampled by the browser. Of what is too long, one sample more than is heard tells so.
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
