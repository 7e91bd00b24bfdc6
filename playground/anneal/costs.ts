import type { State } from "../state.js";
import { byId } from "../view/dom.js";
import { exact, percent, short } from "../view/numbers.js";
import type { Solution } from "./messages.js";

/** Both costs, as numbers and as bars, and the sentence above the stage. */
export function showCosts({ result, ignored }: Solution, state: State): void {
  const worst = Math.max(result.distortion, ignored.distortion) || 1;
  byId("cost-aware").textContent = exact(result.distortion);
  byId("cost-ignored").textContent = exact(ignored.distortion);
  byId("cost-aware-bar").style.width = percent(result.distortion / worst, 1);
  byId("cost-ignored-bar").style.width = percent(ignored.distortion / worst, 1);
  byId("cost-excess").textContent = verdict(ignored.excessPercent, state);
  byId("story-share").textContent = short(100 * state.kappa);
}

/** There is no solution. */
export function forgetCosts(): void {
  for (const id of ["cost-aware", "cost-ignored"]) byId(id).textContent = "–";
  for (const id of ["cost-aware-bar", "cost-ignored-bar"]) byId(id).style.width = "0";
  byId("cost-excess").textContent = "";
}

function verdict(excess: number, { kappa, clusters }: State): string {
  if (kappa === 0 || clusters === 1) return "Nobody disobeys here: there is nothing to ignore.";
  if (excess <= 0.05) return "Here it makes no difference: the same centers are best.";
  return `Ignoring autonomy costs ${excess < 10 ? excess.toFixed(1) : Math.round(excess)}% more.`;
}
