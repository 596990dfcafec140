/** Worker that processes all samples. */
import { Core, SAMPLE_RATE } from "./core.js";
import { predict } from "./recording.js";
import { Resampler } from "./resample.js";
import { littleEndian, mixed, quantized } from "./samples.js";
import { HOPS_PER_S, KEPT_SAMPLES, Stream } from "./stream.js";

/** @type {Core} */ let core;
/** @type {Stream | null} */ let stream = null;
/** Messages about an earlier stream are ignored. */
let streamId = 0;
let adapts = true;

/** @type {Record<string, (message: any) => void>} */
const tasks = {
    /** Begin a stream of a microphone. */
    listen({ id, port, rate, adaptation }) {
        begin(id);
        core.adaptation = adaptation;
        core.adapts = adapts;
        const resampler = rate === SAMPLE_RATE ? null : new Resampler(rate, SAMPLE_RATE);
        port.onmessage = ({ data }) => {
            if (id === streamId && stream)
                report(stream.process(quantized(resampler ? resampler.process(data) : data)));
        };
    },

    /** End the stream of the microphone. */
    stop() {
        if (stream && !stream.finished) report([stream.finish()], { done: true });
    },

    /** Process a whole recording without adaptation: decoded, or samples in a WAV file. */
    process({ id, channels, wav, where }) {
        const samples = wav ? littleEndian(wav, where) : quantized(mixed(channels));
        const stream = begin(id);
        core.adapts = false;
        const kept = samples.subarray(0, KEPT_SAMPLES);
        const batches = [...stream.process(kept), stream.finish()];
        const result = predict(core, kept);
        report(batches, { done: true, result, shortened: kept.length < samples.length });
    },

    /** Switch the adaptation to the speaker on or off. */
    adapt(message) {
        adapts = message.adapts;
        core.adapts = adapts;
    },

    /** Begin a new speaker. */
    forget() {
        core.adaptation = null;
    },

    /** Send samples back for playback. */
    replay({ id, startS, endS }) {
        const [from, to] = [Math.floor(startS * HOPS_PER_S), Math.ceil(endS * HOPS_PER_S)];
        const samples = stream?.history.slice(from, to) ?? new Int16Array(0);
        postMessage({ type: "samples", id, samples }, { transfer: [samples.buffer] });
    },
};

/** @param {number} id */
function begin(id) {
    streamId = id;
    return (stream = new Stream(core));
}

/** @param {import("./stream.js").Batch[]} batches */
function report(batches, more = {}) {
    if (!stream || (batches.length === 0 && Object.keys(more).length === 0)) return;
    const ended = batches.some(({ events }) => events.some(({ kind }) => kind === "ended"));
    postMessage({
        type: "processed",
        id: streamId,
        batches,
        cost: stream.cost,
        adaptation: ended ? core.adaptation : null,
        ...more,
    });
}

self.onmessage = async ({ data }) => {
    await ready;
    tasks[data.type](data);
};

/** Load the core as bytes, because not every server sends the type of .wasm files. */
async function load() {
    try {
        const response = await fetch(new URL("../emotion.wasm", import.meta.url));
        core = await Core.load(await response.arrayBuffer());
        const { nMels, network } = core;
        postMessage({ type: "ready", nMels, network });
    } catch (error) {
        postMessage({ type: "failed", message: String(error) });
    }
}

const ready = load();
