import { TABS, type Tab } from "../state.js";
import type { Store } from "../store.js";
import { byId } from "./dom.js";

/** The tab list: click, arrow keys, Home and End, as the ARIA practices have it. */
export function startTabs(store: Store): void {
  const show = (focus = false) => {
    for (const tab of TABS) {
      const chosen = tab === store.state.tab;
      const button = byId(`tab-${tab}`);
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      byId(`panel-${tab}`).hidden = !chosen;
      if (chosen && focus) button.focus();
    }
  };
  const choose = (tab: Tab, focus: boolean) => {
    store.set({ tab });
    show(focus);
  };
  for (const [index, tab] of TABS.entries()) {
    const button = byId(`tab-${tab}`);
    button.addEventListener("click", () => choose(tab, false));
    button.addEventListener("keydown", ({ key }) => {
      const last = TABS.length - 1;
      const next = {
        ArrowRight: index === last ? 0 : index + 1,
        ArrowLeft: index === 0 ? last : index - 1,
        Home: 0,
        End: last,
      }[key];
      if (next !== undefined) choose(TABS[next], true);
    });
  }
  store.onChange((_, changed) => {
    if (changed.has("tab")) show();
  });
  show();
}
