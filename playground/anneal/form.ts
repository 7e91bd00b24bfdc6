import type { Problem } from "../problem.js";
import type { Store } from "../store.js";
import { seed, select, slider, toggle } from "../view/controls.js";
import { byId } from "../view/dom.js";
import { percent, short } from "../view/numbers.js";

/** The sliders of the Anneal tab. */
export function annealControls(store: Store, problem: Problem): void {
  const clusters = slider(store, { name: "clusters", label: "Clusters K", step: 1 });
  const temperature = slider(store, {
    name: "temperature",
    label: "Temperature T",
    hint: "How far strays go, in squared data units: small, only next door; large, anywhere.",
    step: 0.01,
    log: true,
    format: short,
  });
  byId("anneal-autonomy").append(
    slider(store, {
      name: "kappa",
      label: "Disobedience κ",
      hint: "The share of entities that go elsewhere than told.",
      step: 0.01,
      format: (value) => percent(value),
    }),
    temperature,
    slider(store, {
      name: "zeta",
      label: "From the told center ζ",
      hint: "How much a stray minds the distance between the two centers.",
      step: 0.05,
      format: short,
    }),
    slider(store, {
      name: "gamma",
      label: "From where it is γ",
      hint: "How much a stray minds the distance from itself.",
      step: 0.05,
      format: short,
    }),
  );
  const growth = slider(store, {
    name: "growth",
    label: "Factor between two betas",
    step: 0.01,
    format: (value) => value.toFixed(2),
  });
  byId("anneal-solver").append(
    clusters,
    select(store, "schedule", "Playback", {
      geometric: "slow: small steps of beta",
      auto: "as the solver does it",
    }),
    growth,
    seed(store, "seed"),
  );
  byId("ignored-switch").append(toggle(store, "ignored", "Show where centers would go if autonomy were ignored"));
  const follow = () => {
    growth.hidden = store.state.schedule === "auto";
  };
  store.onChange(follow);
  follow();
  problem.onData(({ variance }) => {
    clusters.limit(1, problem.mostClusters);
    const unit = variance || 1;
    temperature.limit(1e-3 * unit, 1e2 * unit);
  });
}
