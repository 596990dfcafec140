/** The page: passes the events of buttons to the worker, and its results to the views. */
import { Engine } from "./engine.js";
import { clock } from "./emotions.js";
import { csv, download, json } from "./export.js";
import { Microphone, explanation, microphones } from "./microphone.js";
import { Player } from "./player.js";
import { read } from "./decode.js";
import { Session } from "./session.js";
import { loadAdaptation, saveAdaptation } from "./adaptation-store.js";
import { AdaptationCard } from "./view/adaptation.js";
import { Boards } from "./view/boards.js";
import { Clips, title } from "./view/clips.js";
import { byId, icon } from "./view/dom.js";
import { Level } from "./view/level.js";
import { Scope } from "./view/scope.js";
import { Timeline } from "./view/timeline.js";
import { Utterances } from "./view/utterances.js";
import { PredictionCard, spoken } from "./view/prediction.js";
import { FeaturesCard } from "./view/features.js";
import { scopeWindow, timelineWindow } from "./view/window.js";

/** @typedef {import("./emotions.js").Utterance} Utterance */

const engine = new Engine({ ready, processed, failed: (why) => showError(`The page cannot process sound: ${why}.`) });
const player = new Player(() => {
    microphone?.pause(false);
    schedule();
});
const [scope, timeline, level] = [new Scope(byId("scope")), new Timeline(play), new Level()];
const utterances = new Utterances((utterance) => play(utterance.startS, utterance));
const predictionCard = new PredictionCard();
const adaptationCard = new AdaptationCard({ adapt, calibrate, forget });

/** @type {Session | null} */ let session = null;
/** @type {Microphone | null} */ let microphone = null;
/** @type {Utterance | null} */ let selected = null;
let core = { nMels: 0, network: 0 };
let model = { name: "", training_data: "", license: "", bytes: 0 };
let drawing = false;
/** Number of the newest request: results of earlier ones are dropped. */
let request = 0;
/** Description of what is being opened. */
let opening = "";

/** @type {FeaturesCard} */ let featuresCard;
/** @type {Boards} */ let boards;
/** @type {Clips} */ let clips;

const loaded = Promise.all(["features", "boards", "clips", "model"].map(fetched)).then(
    ([distributions, profile, samples, about]) => {
        featuresCard = new FeaturesCard(distributions);
        boards = new Boards(profile);
        clips = new Clips(samples, openClip);
        model = about;
        byId("recordings").textContent = distributions.recordings.toLocaleString("en");
        byId("model").textContent =
            `The network ${model.name} (${Math.round(model.bytes / 1024)} KB) is for ${model.license}.`;
    },
);

/** @param {string} name */
async function fetched(name) {
    return (await loadedFrom(`${name}.json`)).json();
}

/** @param {string} path */
async function loadedFrom(path) {
    const response = await fetch(new URL(`../${path}`, import.meta.url));
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
    return response;
}

/** Called when the worker has loaded the core. @param {typeof core} found */
async function ready(found) {
    core = found;
    try {
        await loaded;
    } catch (error) {
        return showError(`The page did not load completely: ${/** @type {Error} */ (error).message}.`);
    }
    for (const id of ["listen", "file", "calibrate"]) byId(id).disabled = false;
    adaptationCard.show(loadAdaptation(core.network)?.words.at(-1) ?? 0);
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
    schedule();
}

/** Called when the worker has processed samples. @param {any} message */
function processed(message) {
    if (!session || message.id !== session.id) return;
    const before = session.utterances.length;
    session.update(message);
    boards.show(message.cost);
    const ended = session.utterances.slice(before);
    if (session.kind === "microphone") {
        if (microphone) message.batches.forEach(({ peaks }) => peaks.length && level.show(peaks));
        adaptationCard.show(session.nAdapted);
        if (message.adaptation && adaptationCard.adapts) saveAdaptation(message.adaptation);
        if (ended.length) announce(ended[ended.length - 1]);
    } else {
        finishRecording(message);
    }
    schedule();
}

/** @param {any} message */
function finishRecording({ result }) {
    if (!session) return;
    if (!result) showError(`${session.name}: too short, it needs 25 ms at least.`);
    else announce(result);
    if (session.shortened) showError(`${session.name}: only its first ten minutes were processed.`);
    if (session.name !== session.title) play(0, null);
}

/** @param {import("./emotions.js").Prediction} prediction */
function announce(prediction) {
    byId("announcement").textContent = spoken(prediction);
}

/** @param {string} text */
function showError(text) {
    byId("message").textContent = text;
    byId("message").hidden = text === "";
}

/** @param {string} what is being opened; "" if it is open, or refused */
function wait(what) {
    opening = what;
    showError("");
    schedule();
}

/** @param {Session} next */
function begin(next) {
    player.stop();
    session = next;
    selected = null;
    wait("");
    timeline.clear();
    utterances.clear();
    clips.mark(next.name);
}

/* The microphone */

async function listen() {
    const mine = ++request;
    await close();
    wait("waiting for the microphone…");
    let found;
    try {
        found = await Microphone.open(byId("device").value);
    } catch (error) {
        if (mine === request) refused(error);
        return;
    }
    if (mine !== request) return void found.close();
    microphone = found;
    begin(new Session("microphone", "microphone", core.nMels));
    engine.adapt(adaptationCard.adapts);
    engine.listen(session?.id ?? 0, microphone.port, microphone.rate, loadAdaptation(core.network));
    microphone.onended = () => {
        stop();
        showError("The microphone was disconnected. Connect it again, or choose another one.");
    };
    listening(true);
    await offerMicrophones();
}

/** Report that the microphone did not open. @param {unknown} error */
function refused(error) {
    wait("");
    showError(explanation(error));
    adaptationCard.stop();
}

async function stop() {
    request++;
    wait("");
    await close();
}

async function close() {
    if (!microphone) return;
    engine.stop();
    adaptationCard.stop();
    const closing = microphone.close();
    microphone = null;
    listening(false);
    level.clear();
    await closing;
}

/** @param {boolean} on */
function listening(on) {
    byId("listen").classList.toggle("listening", on);
    relabel("listen", on ? "stop" : "microphone", on ? "Stop" : "Listen");
}

/** @param {string} id of a button @param {string} symbol @param {string} text */
function relabel(id, symbol, text) {
    const button = byId(id);
    if (button.textContent !== text) button.replaceChildren(icon(symbol), text);
}

async function offerMicrophones() {
    const select = byId("device");
    const chosen = microphone?.deviceId || select.value;
    const options = (await microphones()).map(({ label, deviceId }) => new Option(label, deviceId));
    select.replaceChildren(...(options.length ? options : [new Option("Default microphone", "")]));
    if (options.some(({ value }) => value === chosen)) select.value = chosen;
}

/* The speaker */

/** @param {boolean} adapts */
function adapt(adapts) {
    engine.adapt(adapts);
}

function calibrate() {
    forget();
    engine.adapt(true);
    if (!microphone) listen();
}

function forget() {
    engine.forget();
    saveAdaptation(null);
    if (session) session.nAdapted = 0;
}

/* Recordings */

/**
 * Open a recording; the session before stays until it is decoded.
 * @param {() => Promise<ArrayBuffer>} load
 * @param {string} name
 * @param {string} [title]
 */
async function open(load, name, title) {
    const mine = ++request;
    await close();
    wait(`opening ${title ?? name}…`);
    try {
        const recording = await read(await load());
        if (mine !== request) return;
        const next = new Session("recording", name, core.nMels, title);
        begin(next);
        engine.process(next.id, recording);
    } catch (error) {
        if (mine !== request) return;
        wait("");
        showError(`${name}: ${unreadable(error)}`);
    }
}

/** @param {any} error */
const unreadable = ({ name, message }) =>
    name === "EncodingError"
        ? "not a recording that this browser can decode. Try WAV, FLAC, Ogg or MP3."
        : `it did not load (${message}). Try again.`;

/** @param {File | undefined} file */
function openFile(file) {
    if (file) open(() => file.arrayBuffer(), file.name);
}

/** @param {import("./view/clips.js").Clip} clip */
function openClip(clip) {
    open(async () => (await loadedFrom(clip.file)).arrayBuffer(), clip.file, title(clip));
}

/** @param {number} startS @param {Utterance | null} utterance null for everything */
async function play(startS, utterance) {
    if (!session) return;
    const { id, seconds } = session;
    selected = utterance;
    if (utterance) announce(utterance);
    player.stop();
    schedule();
    await microphone?.pause(true);
    const samples = await engine.replay(startS, utterance?.endS ?? seconds);
    if (session?.id !== id) return;
    if (samples.length) player.play(samples, startS);
    else {
        microphone?.pause(false);
        showError("That part is no longer stored: only the last ten minutes are.");
    }
    schedule();
}

/* Drawing */

function schedule() {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
        drawing = false;
        draw();
        if (player.playing) schedule();
    });
}

function draw() {
    const playheadS = player.playing ? player.positionS : null;
    relabel("play", player.playing ? "stop" : "play", player.playing ? "Stop" : "Play");
    const focusS = playheadS ?? selected?.startS ?? 0;
    const seen = scopeWindow(session, focusS);
    scope.draw(session, seen, playheadS);
    timeline.drawPlayhead(playheadS);
    byId("hint").hidden = session !== null;
    byId("axis-start").textContent = clock(seen.startS);
    byId("axis-end").textContent = clock(seen.endS);
    byId("source").textContent = opening || (session ? sourceOf(session) : "");
    byId("source").classList.toggle("live", !opening && session?.kind === "microphone" && session.live);
    for (const id of ["json", "csv"]) byId(id).disabled = !session?.utterances.length;
    byId("play").disabled = !player.playing && (!session || session.live || session.pending);
    const { prediction, state } = shown(playheadS);
    predictionCard.show(prediction, state);
    const features = prediction?.features ?? selected?.features ?? lastFeatures();
    featuresCard?.show(features, prediction?.confident ? prediction.emotion : null);
    if (!session) return;
    timeline.draw(session, timelineWindow(session), selected);
    utterances.draw(session, selected);
}

/** The prediction to show. @param {number | null} playheadS @returns {{prediction: any, state: string}} */
function shown(playheadS) {
    if (!session) return { prediction: null, state: "" };
    if (playheadS !== null) {
        const prediction = session.predictionAt(playheadS) ?? session.utteranceBefore(playheadS);
        return { prediction, state: `playing, ${clock(playheadS)}` };
    }
    const { current, phase, live, pending, result } = session;
    if (pending) return { prediction: null, state: "processing…" };
    const last = session.utterances.at(-1);
    if (live && current) return { prediction: current, state: `so far, ${(current.endS - current.startS).toFixed(1)} s` };
    if (live) {
        const state = phase === "silence" ? "listening" : "speech";
        return { prediction: last ?? null, state: last ? `${state}; the last utterance` : state };
    }
    if (selected) return { prediction: selected, state: `the utterance at ${clock(selected.startS)}` };
    if (session.kind === "recording" && result)
        return { prediction: result, state: "the whole recording" };
    return { prediction: last ?? null, state: last ? "the last utterance" : "no utterance found" };
}

const lastFeatures = () => session?.utterances.at(-1)?.features;

/** @param {Session} session */
function sourceOf({ kind, title, live }) {
    return kind === "microphone" && live ? "microphone, live" : title;
}

/* Event listeners */

byId("listen").addEventListener("click", () => (microphone ? stop() : listen()));
byId("device").addEventListener("change", () => microphone && listen());
byId("play").addEventListener("click", () => (player.playing ? player.stop() : play(0, null)));
document.addEventListener("keydown", ({ key }) => key === "Escape" && player.stop());
byId("file").addEventListener("change", ({ target }) => {
    openFile(target.files[0]);
    target.value = "";
});
byId("json").addEventListener("click", () => {
    if (session) download(json(session, model.name), "application/json", "emotions.json");
});
byId("csv").addEventListener("click", () => {
    if (session) download(csv(session), "text/csv", "emotions.csv");
});
navigator.mediaDevices?.addEventListener("devicechange", offerMicrophones);
scope.onchange = schedule;

for (const name of ["dragover", "dragleave", "drop"])
    document.addEventListener(name, (event) => {
        event.preventDefault();
        byId("stage").classList.toggle("over", name === "dragover");
    });
document.addEventListener("drop", (event) => openFile(event.dataTransfer?.files[0]));
