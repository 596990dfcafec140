/** The worker that hears: everything that is computed on sound is computed here. */
import { Core, SAMPLE_RATE } from "./core.js";
import { predict } from "./recording.js";
import { Resampler } from "./resample.js";
import { littleEndian, mixed, quantized } from "./samples.js";
import { HOPS_PER_S, KEPT_SAMPLES, Stream } from "./stream.js";

/** @type {Core} */ let core;
/** @type {Stream | null} */ let stream = null;
/** Which stream that is: messages about an earlier one come too late. */
let streamId = 0;
let adapts = true;

/** @type {Record<string, (message: any) => void>} */
const tasks = {
    /** Begin to listen to a microphone. */
    listen({ id, port, rate, speaker }) {
        begin(id);
        core.speaker = speaker;
        core.adapts = adapts;
        const resampler = rate === SAMPLE_RATE ? null : new Resampler(rate, SAMPLE_RATE);
        port.onmessage = ({ data }) => {
            if (id === streamId && stream)
                report(stream.take(quantized(resampler ? resampler.take(data) : data)));
        };
    },

    /** The microphone is off. */
    stop() {
        if (stream && !stream.finished) report([stream.finish()], { done: true });
    },

    /** Hear a whole recording, of nobody in particular: decoded, or exact samples in a file. */
    hear({ id, channels, wav, where }) {
        const samples = wav ? littleEndian(wav, where) : quantized(mixed(channels));
        const stream = begin(id);
        core.adapts = false;
        const kept = samples.subarray(0, KEPT_SAMPLES);
        const batches = [...stream.take(kept), stream.finish()];
        const result = predict(core, kept);
        report(batches, { done: true, result, shortened: kept.length < samples.length });
    },

    /** Get used to the voice from here on, or do not. */
    adapt(message) {
        adapts = message.adapts;
        core.adapts = adapts;
    },

    /** Somebody else speaks from here on. */
    forget() {
        core.speaker = null;
    },

    /** Give samples back, to be played. */
    replay({ id, startS, endS }) {
        const [from, to] = [Math.floor(startS * HOPS_PER_S), Math.ceil(endS * HOPS_PER_S)];
        const samples = stream?.tape.slice(from, to) ?? new Int16Array(0);
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
        type: "heard",
        id: streamId,
        batches,
        cost: stream.cost,
        speaker: ended ? core.speaker : null,
        ...more,
    });
}

self.onmessage = async ({ data }) => {
    await ready;
    tasks[data.type](data);
};

/** As bytes, since not every server knows the type of a .wasm file. */
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
