/** The page: passes the events of buttons to the worker, and its results to the views. */
import { Engine } from "./engine.js";
import { csv, download, json } from "./export.js";
import { fetched, loadedFrom, unreadable } from "./load.js";
import { Microphone, explanation } from "./microphone.js";
import { Player } from "./player.js";
import { read } from "./decode.js";
import { Session } from "./session.js";
import { LONGEST_S } from "./recording.js";
import { adaptationOf, fileOf, loadAdaptation, saveAdaptation } from "./adaptation-store.js";
import { shown, sourceOf } from "./shown.js";
import { AdaptationCard } from "./view/adaptation.js";
import { Boards } from "./view/boards.js";
import { Clips, title, truthOf } from "./view/clips.js";
import { Comparison, excerpt } from "./view/comparison.js";
import { byId, relabel } from "./view/dom.js";
import { EffectsCard } from "./view/effects.js";
import { Level, acceptDrops, offerMicrophones } from "./view/inputs.js";
import { Stage } from "./view/stage.js";
import { Utterances } from "./view/utterances.js";
import { PredictionCard, spoken } from "./view/prediction.js";
import { FeaturesCard } from "./view/features.js";

/** @typedef {import("./emotions.js").Utterance} Utterance */

const engine = new Engine({ ready, processed, failed: (why) => showError(`The page cannot process sound: ${why}.`) });
const player = new Player(() => {
    microphone?.pause(false);
    schedule();
});
const [stage, level] = [new Stage(play, schedule), new Level()];
const utterances = new Utterances((utterance) => play(utterance.startS, utterance), compare);
const comparison = new Comparison();
const effects = new EffectsCard(reprocess);
const predictionCard = new PredictionCard();
const adaptationCard = new AdaptationCard({ adapt, calibrate, forget });

/** @type {Session | null} */ let session = null;
/** @type {Microphone | null} */ let microphone = null;
/** @type {Utterance | null} */ let selected = null;
let core = { nMels: 0, network: 0 };
let model = { name: "", license: "", bytes: 0 };
let drawing = false;
/** Number of the newest request: results of earlier ones are dropped. */
let request = 0;
/** Description of what is being opened. */
let opening = "";
/** The sample that is open. @type {import("./view/clips.js").Clip | null} */
let openedClip = null;

/** @type {FeaturesCard} */ let featuresCard;
/** @type {Boards} */ let boards;
/** @type {Clips} */ let clips;

const loaded = Promise.all(["features", "boards", "clips", "model"].map(fetched)).then(
    ([distributions, profile, samples, about]) => {
        featuresCard = new FeaturesCard(distributions);
        boards = new Boards(profile);
        clips = new Clips(samples, openClip, tryAll);
        model = about;
        byId("recordings").textContent = distributions.recordings.toLocaleString("en");
        byId("model").textContent =
            `The network ${model.name} (${Math.round(model.bytes / 1024)} KB) is for ${model.license}.`;
    },
);

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
        if (message.warning) showError(`The microphone: ${message.warning}.`);
        if (microphone) message.batches.forEach(({ peaks }) => peaks.length && level.show(peaks));
        adaptationCard.show(session.nAdapted);
        if (message.adaptation && adaptationCard.adapts) saveAdaptation(message.adaptation);
        ended.forEach((utterance) => adaptationCard.take(utterance));
        if (ended.length) announce(ended[ended.length - 1]);
    } else if (message.done) {
        finishRecording();
    }
    schedule();
}

function finishRecording() {
    if (!session) return;
    const { result, name, totalS, utterances } = session;
    if (result) announce(result);
    else if (totalS <= LONGEST_S) showError(`${name}: too short, it needs 25 ms at least.`);
    else byId("announcement").textContent = `${utterances.length} utterances`;
    effects.show(session);
    const warnings = [session.warning, session.shortened && "only its first ten minutes were processed"];
    const said = warnings.filter((one) => one).map((one) => `${name}: ${one}.`);
    if (said.length) showError(said.join(" "));
    if (!openedClip) return;
    if (result && effects.chosen.length === 0) clips.show(openedClip, result);
    play(0, null);
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

/** Show another session, or none: nothing stays of the one before. @param {Session | null} next */
function begin(next, clip = /** @type {typeof openedClip} */ (null), altered = false) {
    player.stop();
    if (!altered) effects.begin();
    if (session?.pending) engine.cancel();
    session = next;
    selected = null;
    openedClip = clip;
    wait("");
    stage.begin(next);
    utterances.clear();
    clips.mark(clip);
    byId("announcement").textContent = "";
}

/* The microphone */

async function listen() {
    const mine = ++request;
    await close();
    begin(null);
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
    await offerMicrophones(microphone?.deviceId);
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

/** Continue with an adaptation from a file. @param {File | undefined} file */
async function loadVoice(file) {
    if (!file) return;
    try {
        const adaptation = adaptationOf(await file.text(), core.network);
        if (!adaptation) return showError(`${file.name}: of another network. Teach this one your voice.`);
        showError("");
        saveAdaptation(adaptation);
        engine.restore(adaptation);
        adaptationCard.show(adaptation.words.at(-1) ?? 0);
    } catch {
        showError(`${file.name}: not a voice that this page saved.`);
    }
}

function forget() {
    engine.forget();
    saveAdaptation(null);
    if (session) session.nAdapted = 0;
}

/* Recordings */

/**
 * Open a recording.
 * @param {() => Promise<ArrayBuffer>} load
 * @param {string} name
 * @param {import("./view/clips.js").Clip | null} clip
 */
async function open(load, name, clip = null) {
    const mine = ++request;
    const words = clip ? title(clip) : name;
    await close();
    begin(null);
    wait(`opening ${words}…`);
    try {
        const recording = await read(await load());
        if (mine !== request) return;
        const next = new Session("recording", name, core.nMels, words);
        begin(next, clip);
        engine.process(next.id, recording);
    } catch (error) {
        if (mine !== request) return;
        wait("");
        showError(`${name}: ${unreadable(error)}`);
    }
}

/** Process the open recording again, with the effects that are on. */
function reprocess() {
    if (session?.kind !== "recording") return;
    const { name, title } = session;
    const [chosen, clip] = [effects.chosen, openedClip];
    const next = new Session("recording", name, core.nMels, title);
    begin(next, clip, true);
    engine.reprocess(next.id, chosen);
}

/** @param {Utterance} utterance */
async function compare(utterance) {
    const of = session;
    if (!of) return;
    const contours = await engine.contours(utterance.startS, utterance.endS);
    if (of === session) comparison.add(excerpt(of, utterance, contours));
}

/** Do not process the rest. */
function cancel() {
    request++;
    begin(null);
}

/** @param {File | undefined} file */
function openFile(file) {
    if (file) open(() => file.arrayBuffer(), file.name);
}

/** @param {import("./view/clips.js").Clip} clip */
function openClip(clip) {
    open(() => loadClip(clip), clip.file, clip);
}

/** @param {import("./view/clips.js").Clip} clip */
const loadClip = async ({ file }) => (await loadedFrom(file)).arrayBuffer();

/** Compare what each sample is with what is heard. */
async function tryAll() {
    for (const clip of clips.clips)
        try {
            clips.show(clip, await engine.recognize(await read(await loadClip(clip))));
        } catch (error) {
            return showError(`${clip.file}: ${unreadable(error)}`);
        }
    byId("announcement").textContent = byId("score").textContent;
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
    stage.draw(session, selected, playheadS);
    byId("source").textContent = opening || (session ? sourceOf(session) : "");
    byId("source").classList.toggle("live", !opening && session?.kind === "microphone" && session.live);
    for (const id of ["json", "csv"]) byId(id).disabled = !session?.utterances.length;
    byId("play").disabled = !player.playing && (!session || session.live || session.pending);
    const { prediction, state, summary } = shown(session, selected, playheadS);
    if (summary) predictionCard.summarize(/** @type {Session} */ (session));
    else predictionCard.show(prediction, state);
    byId("truth").textContent = openedClip && session?.result ? truthOf(openedClip, session.result) : "";
    drawProgress();
    const features = prediction?.features ?? selected?.features ?? (summary ? null : lastFeatures());
    featuresCard?.show(features, prediction?.confident ? prediction.emotion : null);
    if (session) utterances.draw(session, selected);
}

function drawProgress() {
    for (const id of ["progress", "cancel"]) byId(id).hidden = !session?.pending;
    if (session?.pending) byId("progress").value = session.seconds / Math.max(session.totalS, 1e-3);
}

const lastFeatures = () => session?.utterances.at(-1)?.features;

/* Event listeners */

byId("listen").addEventListener("click", () => (microphone ? stop() : listen()));
byId("device").addEventListener("change", () => microphone && listen());
byId("play").addEventListener("click", () => (player.playing ? player.stop() : play(0, null)));
document.addEventListener("keydown", ({ key }) => key === "Escape" && player.stop());
byId("file").addEventListener("change", ({ target }) => {
    openFile(target.files[0]);
    target.value = "";
});
byId("save-voice").addEventListener("click", () => {
    const adaptation = loadAdaptation(core.network);
    if (adaptation) download(fileOf(adaptation), "application/json", "voice.json");
});
byId("load-voice").addEventListener("change", ({ target }) => {
    loadVoice(target.files[0]);
    target.value = "";
});
byId("cancel").addEventListener("click", cancel);
byId("json").addEventListener("click", async () => {
    if (!session) return;
    const saved = session;
    const result = saved.kind === "recording" ? await engine.predict() : null;
    if (saved === session) download(json(saved, result, model.name), "application/json", "emotions.json");
});
byId("csv").addEventListener("click", () => {
    if (session) download(csv(session), "text/csv", "emotions.csv");
});
navigator.mediaDevices?.addEventListener("devicechange", () => offerMicrophones(microphone?.deviceId));

acceptDrops(openFile);
navigator.serviceWorker?.register(new URL("../sw.js", import.meta.url));
