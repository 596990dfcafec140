// The emotion in a 16 kHz mono 16-bit WAV file: node main.mjs verify/recording.wav
import { readFileSync } from "node:fs";
import { Recognizer, word } from "./emotion.mjs";

const recognizer = await Recognizer.load(readFileSync(new URL("emotion.wasm", import.meta.url)));
if (recognizer.core.self_test) {
    // make emotion.wasm DEFINES=-DAE_SELF_TEST
    const wrong = recognizer.selfTest();
    console.log(wrong || "self-test passed");
    if (wrong) process.exit(1);
}
const wav = readFileSync(process.argv[2]);
recognizer.process(new Int16Array(wav.buffer.slice(wav.byteOffset + 44, wav.byteOffset + wav.length)));
const answer = recognizer.finish();
console.log(word(answer), answer.speech, answer.probabilities);
