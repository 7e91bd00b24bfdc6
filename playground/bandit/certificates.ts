import { h } from "../view/dom.js";
import { short, whole } from "../view/numbers.js";
import { LANE_WORDS } from "./lane.js";
import type { LaneRun } from "./messages.js";

/** What each lane that has ended after `shown` pulls can promise, beside what no method can beat. */
export function certificates(
  lanes: readonly LaneRun[],
  delta: number,
  lowerBound: number,
  mostPulls: number,
  shown: number,
): HTMLElement[] {
  const ended = (lane: LaneRun) => lane.arms.length <= shown;
  const head = ["Method", "Pulls", "Partition"].map((words) => h("th", { scope: "col" }, words));
  const rows = lanes.map((run) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, LANE_WORDS[run.lane].title),
      h("td", {}, ended(run) ? whole(run.status.pulls) : "…"),
      h("td", {}, ended(run) ? verdictOn(run) : "still asking"),
    ),
  );
  const least = Math.ceil(lowerBound);
  const bound = least > 1 ? `No method can do with fewer than ${whole(least)} pulls on average here.` : "";
  const table = h("table", { class: "results" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows));
  if (!lanes.every(ended)) return [table, h("p", { class: "hint" }, bound)];
  const sure = lanes.every(({ status }) => status.certified);
  const promise = sure
    ? `Each is certified: wrong with a chance of at most ${short(delta)}, whatever the means are.`
    : `Who is not done after ${whole(mostPulls)} pulls gives up, and promises nothing.`;
  return [
    table,
    h("p", { class: "hint" }, promise),
    h("p", { class: "hint" }, bound),
    h("p", { class: "groups" }, ...groupsOf(lanes[0])),
  ];
}

function verdictOn({ status, correct }: LaneRun): string {
  if (!status.certified) return "not certified";
  return correct ? "right" : "wrong";
}

/** The arms of each group, as the first lane found them. */
function groupsOf({ status }: LaneRun): (Node | string)[] {
  if (!status.labels) return [];
  const groups = new Map<number, number[]>();
  status.labels.forEach((label, arm) => {
    groups.set(label, [...(groups.get(label) ?? []), arm]);
  });
  return ["Found: ", [...groups.values()].map((arms) => `{${arms.join(", ")}}`).join("  ")];
}
