import type { Dataset } from "../data/dataset.js";
import { toCsv } from "../data/dataset.js";
import { byId, h } from "./dom.js";
import { download, type Sheet, toPng, toSvg } from "./export.js";

/** What a tab has to give away. */
export interface Takeaway {
  /** Name of the files. */
  name: string;
  /** null: nothing to draw yet. */
  sheet: () => Sheet | null;
  /** null: no result yet. */
  json: () => unknown;
  program: () => string;
  /** What the program needs beside it. */
  hint: string;
  dataset?: () => Dataset | null;
}

/** The buttons under "Take it with you". */
export function takeButtons(host: HTMLElement, { name, sheet, json, program, hint, dataset }: Takeaway): void {
  const button = (words: string, onclick: () => void) => h("button", { type: "button", onclick }, words);
  const file = (words: string, onclick: () => void) =>
    h("button", { type: "button", "aria-label": `Download ${words}`, onclick }, words);
  const orSay = <Value>(value: Value | null, use: (value: Value) => void) => {
    if (value === null) toast("There is no result yet.");
    else use(value);
  };
  host.append(
    h(
      "div",
      { class: "buttons" },
      file("PNG", () => orSay(sheet(), async (picture) => download(`${name}.png`, await toPng(picture), "image/png"))),
      file("SVG", () => orSay(sheet(), (picture) => download(`${name}.svg`, toSvg(picture).text, "image/svg+xml"))),
      file("JSON", () => orSay(json(), (result) => download(`${name}.json`, asJson(result), "application/json"))),
      dataset
        ? file("Points", () => orSay(dataset(), (data) => download("points.csv", toCsv(data), "text/csv")))
        : null,
      button("The same in code", () => showProgram(program(), hint)),
    ),
  );
}

/** Typed arrays as plain ones; Infinity, which JSON lacks, as a string. */
function asJson(value: unknown): string {
  const plain = (_: string, entry: unknown) => {
    if (ArrayBuffer.isView(entry)) return Array.from(entry as unknown as ArrayLike<number>);
    return typeof entry === "number" && !Number.isFinite(entry) ? String(entry) : entry;
  };
  return `${JSON.stringify(value, plain, 1)}\n`;
}

function showProgram(text: string, hint: string): void {
  byId<HTMLTextAreaElement>("program-text").value = text;
  byId("program-hint").textContent = hint;
  byId<HTMLDialogElement>("program-dialog").showModal();
}

export function startProgramDialog(): void {
  byId("program-close").addEventListener("click", () => byId<HTMLDialogElement>("program-dialog").close());
  byId("program-copy").addEventListener(
    "click",
    () => void copy(byId<HTMLTextAreaElement>("program-text").value, "Copied."),
  );
}

/** To the clipboard, where the browser allows it. */
export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    toast("The browser does not let this page copy: take it from the address bar or the text.");
  }
}

let fading = 0;
export function toast(words: string): void {
  const place = byId("toast");
  place.textContent = words;
  clearTimeout(fading);
  fading = window.setTimeout(() => {
    place.textContent = "";
  }, 3500);
}
