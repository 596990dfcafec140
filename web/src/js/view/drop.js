/** Files dropped anywhere on the page. */
import { byId } from "./dom.js";

/** @param {(file: File | undefined) => void} ondrop */
export function acceptDrops(ondrop) {
    for (const name of ["dragover", "dragleave", "drop"])
        document.addEventListener(name, (event) => {
            event.preventDefault();
            byId("drop").hidden = name !== "dragover";
        });
    document.addEventListener("drop", (event) => ondrop(event.dataTransfer?.files[0]));
}
