import { h } from "../view/dom.js";
import { short, whole } from "../view/numbers.js";
import { LANE_WORDS } from "./lane.js";
import type { LaneRun } from "./messages.js";

/** What each lane can promise at the end, beside what no method can beat. */
export function certificates(
  lanes: readonly LaneRun[],
  delta: number,
  lowerBound: number,
  mostPulls: number,
): HTMLElement[] {
  const head = ["Method", "Pulls", "Partition"].map((words) => h("th", { scope: "col" }, words));
  const rows = lanes.map(({ lane, status, correct }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, LANE_WORDS[lane].title),
      h("td", {}, whole(status.pulls)),
      h("td", {}, correct === null ? "none yet" : correct ? "right" : "wrong"),
    ),
  );
  const sure = lanes.every(({ status }) => status.certified);
  const promise = sure
    ? `Each is certified: wrong with a chance of at most ${short(delta)}, whatever the means are.`
    : `Who is not done after ${whole(mostPulls)} pulls gives up, and promises nothing.`;
  return [
    h("table", { class: "results" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)),
    h("p", { class: "hint" }, promise),
    h(
      "p",
      { class: "hint" },
      `No method can do with fewer than ${whole(Math.ceil(lowerBound))} pulls on average here.`,
    ),
    h("p", { class: "groups" }, ...groupsOf(lanes[0])),
  ];
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
