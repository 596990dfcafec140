/** The choice of microphones. */
import { microphones } from "../microphone.js";
import { byId } from "./dom.js";

/** @param {string | undefined} open id of the microphone that is open */
export async function offerMicrophones(open) {
    const select = byId("device");
    const chosen = open || select.value;
    const options = (await microphones()).map(({ label, deviceId }) => new Option(label, deviceId));
    select.replaceChildren(...(options.length ? options : [new Option("Default microphone", "")]));
    if (options.some(({ value }) => value === chosen)) select.value = chosen;
}
