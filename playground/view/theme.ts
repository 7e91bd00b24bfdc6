import { byId } from "./dom.js";

const CHOICES = ["auto", "light", "dark"] as const;
type Choice = (typeof CHOICES)[number];

const system = matchMedia("(prefers-color-scheme: dark)");

/** The theme button: as the system, light, dark. Remembered where the browser allows. */
export function startTheme(): void {
  const button = byId("theme");
  let choice = read();
  const show = () => {
    const dark = choice === "dark" || (choice === "auto" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.textContent = `Theme: ${choice}`;
  };
  button.addEventListener("click", () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem("wayward-theme", choice);
    } catch {} // storage may be forbidden: then it is not remembered
    show();
  });
  system.addEventListener("change", show);
  show();
}

function read(): Choice {
  try {
    return CHOICES.find((choice) => choice === localStorage.getItem("wayward-theme")) ?? "auto";
  } catch {
    return "auto";
  }
}
