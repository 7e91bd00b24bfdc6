import type { State } from "../state.js";
import { FIELDS } from "../state.js";
import type { Store } from "../store.js";
import { h } from "./dom.js";

/** A setting may have a control on several tabs. */
const uses = new Map<string, number>();
function idFor(name: string): string {
  const use = (uses.get(name) ?? 0) + 1;
  uses.set(name, use);
  return use === 1 ? `control-${name}` : `control-${name}-${use}`;
}

type NumberName = { [Name in keyof State]: State[Name] extends number ? Name : never }[keyof State];

export interface SliderOptions {
  name: NumberName;
  label: string;
  /** Said beneath, and to screen readers. */
  hint?: string;
  step: number;
  /** The slider moves by factors. */
  log?: boolean;
  format?: (value: number) => string;
  min?: number;
  max?: number;
}

/** A labeled range input bound to a number of the state. */
export function slider(store: Store, options: SliderOptions): HTMLElement & { limit(min: number, max: number): void } {
  const { name, label, hint, step, log, format = String } = options;
  const field = FIELDS[name] as { min: number; max: number };
  const scaled = log ? Math.log10 : (value: number) => value;
  const id = idFor(name);
  const input = h("input", {
    id,
    type: "range",
    step,
    min: scaled(options.min ?? field.min),
    max: scaled(options.max ?? field.max),
    "aria-describedby": hint ? `${id}-hint` : null,
    oninput: () => {
      const value = Number(input.value);
      store.set({ [name]: log ? Number((10 ** value).toPrecision(3)) : Number(value.toFixed(6)) });
    },
  });
  const output = h("output", { for: id });
  const show = () => {
    const value = store.state[name];
    if (document.activeElement !== input || Math.abs(scaled(value) - Number(input.value)) > step) {
      input.value = String(scaled(value));
    }
    output.value = format(value);
    input.setAttribute("aria-valuetext", format(value));
  };
  store.onChange(show);
  show();
  const row = h("div", { class: "control" }, h("label", { for: id }, label), output, input);
  if (hint) row.append(h("p", { class: "hint", id: `${id}-hint` }, hint));
  const limit = (min: number, max: number) => {
    input.min = String(scaled(min));
    input.max = String(scaled(max));
    show();
  };
  return Object.assign(row, { limit });
}

/** A labeled select bound to a choice of the state. */
export function select<Name extends keyof State>(
  store: Store,
  name: Name,
  label: string,
  choices: Record<string, string>,
): HTMLElement {
  const id = idFor(name);
  const options = Object.entries(choices).map(([value, words]) => h("option", { value }, words));
  const input = h("select", { id, onchange: () => store.set({ [name]: input.value }) }, ...options);
  const show = () => {
    input.value = String(store.state[name]);
  };
  store.onChange(show);
  show();
  return h("div", { class: "control" }, h("label", { for: id }, label), input);
}

/** A labeled whole number, with a button that draws another. */
export function seed(store: Store, name: NumberName): HTMLElement {
  const id = idFor(name);
  const input = h("input", {
    id,
    type: "number",
    min: 0,
    step: 1,
    onchange: () => {
      const value = Math.min(Math.max(Math.round(Number(input.value)) || 0, 0), 2 ** 31 - 1);
      store.set({ [name]: value });
      input.value = String(value);
    },
  });
  const show = () => {
    input.value = String(store.state[name]);
  };
  store.onChange(show);
  show();
  const next = h("button", { type: "button", onclick: () => store.set({ [name]: store.state[name] + 1 }) }, "Next");
  next.setAttribute("aria-label", "Next seed");
  return h("div", { class: "control seed" }, h("label", { for: id }, "Seed"), input, next);
}

/** A switch bound to a flag of the state. */
export function toggle(store: Store, name: "ignored", label: string): HTMLElement {
  const input = h("input", {
    type: "checkbox",
    role: "switch",
    id: idFor(name),
    onchange: () => store.set({ [name]: input.checked }),
  });
  const show = () => {
    input.checked = store.state[name];
  };
  store.onChange(show);
  show();
  return h("label", { class: "switch" }, input, h("span", {}, label));
}
