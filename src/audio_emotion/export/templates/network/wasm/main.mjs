// The emotions in a 16 kHz mono 16-bit WAV file: node main.mjs verify/recording.wav
import { readFileSync } from "node:fs";
import { Listener, word } from "./emotion.mjs";

const listener = await Listener.load(readFileSync(new URL("emotion.wasm", import.meta.url)));
if (listener.core.self_test) {
    // make emotion.wasm DEFINES=-DAE_SELF_TEST
    const wrong = listener.selfTest();
    console.log(wrong || "self-test passed");
    if (wrong) process.exit(1);
}
const wav = readFileSync(process.argv[2]);
const samples = new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length));
for (const utterance of [...listener.process(samples), ...listener.finish()])
    if (utterance.event === "ended")
        console.log(word(utterance), utterance.speech, utterance.probabilities);
