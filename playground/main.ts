/** The page: everything but the numbers, which `worker.ts` computes. No WebAssembly is loaded here. */
import { AnnealTab } from "./anneal/tab.js";
import { BanditTab } from "./bandit/tab.js";
import { startWorker } from "./client.js";
import { csvDialog, dataPanel } from "./data/panel.js";
import { LearnTab } from "./learn/tab.js";
import { Problem } from "./problem.js";
import { Store } from "./store.js";
import { byId } from "./view/dom.js";
import { startTabs } from "./view/tabs.js";
import { copy, startProgramDialog, toast } from "./view/take.js";
import { startTheme } from "./view/theme.js";

startTheme();
const store = new Store();
const problem = new Problem(store);
problem.onError = (message) => toast(`${message}. Showing the four blobs.`);
startTabs(store);
startProgramDialog();
csvDialog(problem);
dataPanel(byId("anneal-data"), store, problem);
new AnnealTab(store, problem);
const bandit = new BanditTab(store);
dataPanel(byId("learn-data"), store, problem);
new LearnTab(store, problem);
byId("share").addEventListener("click", () => {
  const { data, csv } = store.state;
  const cut = data === "csv" && csv === "";
  void copy(
    store.link(),
    cut ? "Link copied; the data are too long for it, only the settings are in it." : "Link copied.",
  );
});

// After the first paint, so that nothing stands in its way.
requestAnimationFrame(() =>
  setTimeout(() => {
    startWorker();
    void problem.load();
    if (store.state.tab === "bandit") bandit.shown();
  }),
);
