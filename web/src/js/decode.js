/** Audio files as samples for the worker. */
import { SAMPLE_RATE } from "./core.js";
import { exactSamples } from "./samples.js";
import { KEPT_SAMPLES } from "./stream.js";

/**
 * Keep samples of the core's format; let the browser decode and resample anything else. One sample
 * more than is processed is kept of a recording that is too long, so that this can be reported.
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
