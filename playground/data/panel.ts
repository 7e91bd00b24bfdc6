import type { Problem } from "../problem.js";
import type { Store } from "../store.js";
import { byId, h } from "../view/dom.js";
import { whole } from "../view/numbers.js";
import { rowsOf } from "./dataset.js";
import { PRESET_TITLES, type Preset } from "./presets.js";

const EXAMPLE = "x,y\n1,1\n1,2\n2,1\n8,8\n8,9\n9,8";

/** Chooses the data: a preset, pasted text, a file, or a file dropped anywhere on the page. */
export function dataPanel(host: HTMLElement, store: Store, problem: Problem): void {
  const id = `data-${host.id}`;
  const choices: Record<string, string> = { ...PRESET_TITLES, csv: "Your own data…" };
  const select = h("select", { id }, ...Object.entries(choices).map(([value, title]) => h("option", { value }, title)));
  const about = h("p", { class: "hint", id: `${id}-about` });
  const own = h("button", { type: "button", onclick: () => openDialog() }, "Use your own CSV…");
  select.setAttribute("aria-describedby", about.id);
  select.addEventListener("change", () => {
    if (select.value === "csv") openDialog();
    else problem.choose(select.value as Preset);
    show();
  });
  const show = () => {
    select.value = store.state.data;
  };
  problem.onData((dataset) => {
    about.textContent = `${dataset.title}: ${whole(rowsOf(dataset))} entities; ${dataset.columns.slice(0, 4).join(", ")}${dataset.dimensions > 4 ? ", …" : ""}`;
  });
  store.onChange(show);
  show();
  host.append(h("div", { class: "control" }, h("label", { for: id }, "Points"), select), about, own);
}

function openDialog(): void {
  byId<HTMLDialogElement>("csv-dialog").showModal();
}

/** The dialog for own data, once for all tabs. */
export function csvDialog(problem: Problem): void {
  const dialog = byId<HTMLDialogElement>("csv-dialog");
  const text = byId<HTMLTextAreaElement>("csv-text");
  const error = byId("csv-error");
  const file = byId<HTMLInputElement>("csv-file");
  text.placeholder = EXAMPLE;
  const use = async (content: string, title: string): Promise<void> => {
    try {
      await problem.useText(content, title);
      error.textContent = "";
      dialog.close();
    } catch (cause) {
      error.textContent = `${title}: ${(cause as Error).message}`;
      if (!dialog.open) dialog.showModal();
    }
  };
  const read = async (chosen: File): Promise<void> => {
    const content = await chosen.text();
    text.value = content.length > 200_000 ? "" : content;
    await use(content, chosen.name);
  };
  byId("csv-use").addEventListener("click", () => void use(text.value, "Pasted data"));
  byId("csv-close").addEventListener("click", () => dialog.close());
  file.addEventListener("change", () => {
    if (file.files?.[0]) void read(file.files[0]);
    file.value = "";
  });
  acceptDrops((dropped) => void read(dropped));
}

function acceptDrops(onFile: (file: File) => void): void {
  const { body } = document;
  addEventListener("dragover", (event) => {
    event.preventDefault();
    body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    body.classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  });
}
