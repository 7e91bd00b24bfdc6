import type { Problem } from "../problem.js";
import { METHODS, type Method } from "../state.js";
import type { Store } from "../store.js";
import { slider } from "../view/controls.js";
import { byId, h } from "../view/dom.js";
import { percent, short, whole } from "../view/numbers.js";
import { METHOD_WORDS } from "./lane.js";

/** The controls of the Learn tab; the autonomy's are bound to the same state as on the Anneal tab. */
export function learnControls(store: Store, problem: Problem): void {
  const clusters = slider(store, { name: "clusters", label: "Clusters K", step: 1 });
  const temperature = slider(store, {
    name: "temperature",
    label: "Temperature T",
    step: 0.01,
    log: true,
    format: short,
  });
  byId("learn-world").append(
    clusters,
    slider(store, { name: "kappa", label: "Disobedience κ", step: 0.01, format: (value) => percent(value) }),
    temperature,
    slider(store, { name: "zeta", label: "From the told center ζ", step: 0.05, format: short }),
    slider(store, { name: "gamma", label: "From where it is γ", step: 0.05, format: short }),
  );
  problem.onData(({ variance }) => {
    const unit = variance || 1;
    clusters.limit(1, problem.mostClusters);
    temperature.limit(1e-3 * unit, 1e2 * unit);
  });
  byId("learn-methods").append(
    ...METHODS.map((method) => methodBox(store, method)),
    slider(store, {
      name: "interactions",
      label: "Budget",
      hint: "Interactions of each learner; Q-learning gets 20 times as many.",
      step: 0.05,
      log: true,
      format: whole,
    }),
  );
}

function methodBox(store: Store, method: Method): HTMLElement {
  const id = `method-${method}`;
  const input = h("input", {
    type: "checkbox",
    id,
    "aria-describedby": `${id}-hint`,
    onchange: () => {
      const others = store.state.methods.filter((name) => name !== method);
      const wanted = input.checked ? [...others, method] : others;
      store.set({ methods: METHODS.filter((name) => wanted.includes(name)) });
    },
  });
  const show = () => {
    input.checked = store.state.methods.includes(method);
  };
  store.onChange(show);
  show();
  const { title, about } = METHOD_WORDS[method];
  return h(
    "div",
    { class: "method" },
    h("label", { class: "switch", for: id }, input, h("strong", {}, title)),
    h("p", { class: "hint", id: `${id}-hint` }, about),
  );
}
