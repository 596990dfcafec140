/** Worker that processes all samples. */
import { Core, SAMPLE_RATE } from "./core.js";
import { applied } from "./effects.js";
import { LONGEST_S, predict } from "./recording.js";
import { Resampler } from "./resample.js";
import { littleEndian, Mixer, mixed, quantized } from "./samples.js";
import { HOPS_PER_S, KEPT_SAMPLES, Stream } from "./stream.js";

/** Descriptors of core/descriptors.h that a comparison shows. */
const CONTOURS = ["f0", "rms_db", "f1", "f2", "f3"];

/** @type {Core} */ let core;
/** @type {Stream | null} */ let stream = null;
/** Messages about an earlier stream are ignored. */
let streamId = 0;
let adapts = true;
/** The recording that is open, as it was read, and as it is heard. */
let [opened, recording] = [new Int16Array(0), new Int16Array(0)];
/** Of the recording that is open, or "". */
let warning = "";

/** Samples of a recording between two looks at the messages. */
const PIECE = 5 * SAMPLE_RATE;

/** @type {Record<string, (message: any) => void>} */
const tasks = {
    /** Begin a stream of a microphone. */
    listen({ id, port, rate, adaptation }) {
        begin(id);
        core.adaptation = adaptation;
        core.adapts = adapts;
        const resampler = rate === SAMPLE_RATE ? null : new Resampler(rate, SAMPLE_RATE);
        let mixer = new Mixer(1);
        port.onmessage = ({ data: channels }) => {
            if (id !== streamId || !stream) return;
            // Channels are chosen by what came before.
            if (channels.length !== mixer.sums.length) mixer = new Mixer(channels.length);
            if (mixer.n) mixer.choose();
            const signal = mixer.mix(channels);
            mixer.update(channels);
            const more = mixer.n > rate && mixer.reason ? { warning: mixer.reason } : {};
            report(stream.process(quantized(resampler ? resampler.process(signal) : signal)), more);
        };
    },

    /** End the stream of the microphone. */
    stop() {
        if (stream && !stream.finished) report([stream.finish()], { done: true });
    },

    /** Process a whole recording without adaptation, until the next one begins. */
    process({ id, ...read }) {
        ({ samples: opened, warning } = samplesOf(read));
        return tasks.reprocess({ id, effects: [] });
    },

    /** The same for the open recording, with effects on it. */
    async reprocess({ id, effects }) {
        recording = applied(opened.subarray(0, KEPT_SAMPLES), effects);
        const stream = begin(id);
        const lengthS = recording.length / SAMPLE_RATE;
        const isShort = lengthS <= LONGEST_S;
        for (let at = 0; !isShort && at < recording.length; at += PIECE) {
            core.adapts = false;
            report(stream.process(recording.subarray(at, at + PIECE)), { lengthS });
            await new Promise((resolve) => setTimeout(resolve));
            if (streamId !== id) return;
        }
        core.adapts = false;
        const batches = [...(isShort ? stream.process(recording) : []), stream.finish()];
        const whole = isShort ? core.recognize(recording) : null;
        const result = whole && { startS: 0, endS: lengthS, ...whole };
        const shortened = recording.length < opened.length;
        report(batches, { done: true, lengthS, result, shortened, warning });
    },

    /** End the processing of a recording. */
    cancel() {
        streamId = 0;
    },

    /** Predict a recording that is not opened. */
    recognize({ question, ...read }) {
        answer(question, core.recognize(samplesOf(read).samples));
    },

    /** Predict the open recording and its windows. */
    predict({ question }) {
        answer(question, predict(core, recording));
    },

    /** Compute the contours of a part of the session. */
    contours({ question, startS, endS }) {
        const [from, to] = [Math.round(startS * HOPS_PER_S), Math.round(endS * HOPS_PER_S)];
        const samples = stream?.history.slice(from, to) ?? new Int16Array(0);
        answer(question, core.contours(samples, CONTOURS));
    },

    /** Switch the adaptation to the speaker on or off. */
    adapt(message) {
        adapts = message.adapts;
        core.adapts = adapts;
    },

    /** Continue with a speaker. */
    restore({ adaptation }) {
        core.adaptation = adaptation;
    },

    /** Begin a new speaker. */
    forget() {
        core.adaptation = null;
    },

    /** Send samples back for playback. */
    replay({ question, startS, endS }) {
        const [from, to] = [Math.floor(startS * HOPS_PER_S), Math.ceil(endS * HOPS_PER_S)];
        const samples = stream?.history.slice(from, to) ?? new Int16Array(0);
        answer(question, samples, [samples.buffer]);
    },
};

/** Samples that decode.js has read, and why not all of their channels are mixed. */
function samplesOf(/** @type {any} */ { channels, wav, where }) {
    const { signal, warning } = mixed(wav ? littleEndian(wav, where) : channels);
    return { samples: quantized(signal, wav ? 32768 : 1), warning };
}

/** @param {number} question @param {unknown} found @param {Transferable[]} transfer */
function answer(question, found, transfer = []) {
    postMessage({ type: "answer", question, answer: found }, { transfer });
}

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
