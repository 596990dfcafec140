/** Files, as the worker wants them. */
import { SAMPLE_RATE } from "./core.js";
import { exactSamples } from "./samples.js";

/**
 * Samples that are in the file as the core hears them stay as they are; anything else is decoded
 * and resampled by the browser.
 * @param {ArrayBuffer} buffer
 */
export async function read(buffer) {
    const where = exactSamples(buffer, SAMPLE_RATE);
    if (where) return { wav: buffer, where };
    const context = new OfflineAudioContext(1, 1, SAMPLE_RATE);
    const decoded = await context.decodeAudioData(buffer);
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) =>
        decoded.getChannelData(i).slice(),
    );
    return { channels };
}
